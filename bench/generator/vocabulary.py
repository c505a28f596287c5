"""Words for generated negotiations. States, firms, people are invented, so nobody takes what they say for history."""

from typing import Final

STATES: Final = (
    *(
        "Aldmark",
        "Boravia",
        "Carsland",
        "Dovenia",
        "Estrava",
        "Fjordane",
        "Galdria",
        "Hestland",
        "Istvania",
        "Jorvland",
    ),
    *("Kestria", "Lomavia", "Mardonia", "Norvia", "Ostrand", "Pelagia", "Quarnia", "Rovenia", "Sarmund", "Tavria"),
    *(
        "Uskland",
        "Valdoria",
        "Westmark",
        "Yarovia",
        "Zelmark",
        "Arvenia",
        "Belcourt",
        "Corvania",
        "Drelland",
        "Elmavia",
    ),
    *("Farland", "Grenovia", "Halmark", "Irsland", "Jasmund", "Kolvania", "Lethmark", "Morvenia", "Nestria", "Orlavia"),
)
BLOCS: Final = ("Northern Union", "Coastal Alliance", "League of the Plains", "Continental Community", "Islands Forum")
ORGANISATIONS: Final = ("Assembly of States", "Conference on Security", "Labour Office", "Commission for Trade")
ARMED_GROUPS: Final = ("Highland Front", "River Delta Movement", "Free Borderlands Army", "Council of the South")
REGIONS: Final = ("North", "South", "East", "West", "Coast", "Highlands", "Lakes", "Capital")
TRADES: Final = (
    *("Steel", "Rail", "Harbour", "Hospital", "Mining", "Postal", "Textile", "Brewery", "Airport", "Printing"),
    *("Teaching", "Shipyard"),
)

SUBJECTS: Final = (
    ("Border security", "security"),
    ("Steel wages", "work"),
    ("Fisheries", "trade"),
    ("The ceasefire in the highlands", "peace"),
    ("Arms limitation", "security"),
    ("Working time in the hospitals", "work"),
    ("Customs and transit", "trade"),
    ("River water", "peace"),
    ("Military exercises", "security"),
    ("Pensions of the railways", "work"),
    ("Air services", "trade"),
    ("Return of the displaced", "peace"),
    ("Missile bases", "security"),
    ("Night shifts in the harbours", "work"),
    ("Emissions", "trade"),
    ("Exchange of prisoners", "peace"),
)
"""What a negotiation is about, and which kinds of parties come to the table."""

CITIES: Final = (
    *(
        "Geneva",
        "Vienna",
        "Helsinki",
        "Brussels",
        "Lausanne",
        "Oslo",
        "Doha",
        "Reykjavik",
        "Madrid",
        "Astana",
        "Nairobi",
    ),
    *("Bogota", "Havana", "Jakarta", "Lisbon", "Tunis", "Prague", "Sapporo", "Montreux", "Valletta"),
)
ROOMS: Final = (
    "the old town hall",
    "the mission",
    "a hotel by the lake",
    "the congress centre",
    "the chamber of labour",
)
FORUMS: Final = ("Plenary", "Contact group", "Dialogue", "Joint commission", "Bargaining committee", "Expert talks")
BODIES: Final = ("drafting", "verification", "pay-scale", "humanitarian", "transit", "legal", "maps", "finance")

PUBLISHERS: Final = (
    *("The Gazette", "The Courier", "Evening Post", "Morning Ledger", "News Agency North", "Radio One", "The Observer"),
    *("The Chronicle", "Harbour Times", "Union Voice", "Capital Herald", "Wire Service", "Foreign Affairs Weekly"),
    *("Channel Five", "The Tribune", "Labour Review"),
)
OFFICES: Final = (
    "Ministry of Foreign Affairs",
    "Press office",
    "Government Gazette",
    "Secretariat",
    "Mediation office",
)
DESKS: Final = ("desk-officer", "analyst-one", "analyst-two", "mediation-team", "reporter", "archivist")
FIRST_NAMES: Final = (
    *("Ada", "Boris", "Clara", "Daniel", "Elena", "Farid", "Greta", "Hugo", "Irina", "Jonas", "Katya", "Leon", "Marta"),
    *("Nadia", "Oskar", "Petra", "Rafael", "Sonja", "Tomas", "Vera", "Yusuf", "Zora"),
)
LAST_NAMES: Final = (
    *("Almgren", "Barsky", "Castel", "Dervis", "Engel", "Farrow", "Galanis", "Hartog", "Ivanek", "Jansky", "Kovar"),
    *("Lindholm", "Marek", "Novik", "Ostrov", "Palmer", "Quist", "Roth", "Sandor", "Tamm", "Ulvik", "Varga", "Winter"),
)

ACTS: Final = (
    *("withdraw", "limit", "publish", "guarantee", "postpone", "share", "inspect", "raise", "reduce", "recognise"),
    *("reopen", "compensate"),
)
THINGS: Final = (
    *("heavy weapons", "the quotas", "the border posts", "the pay scale", "the transit fees", "the exercises"),
    *("the lists of names", "the shift allowances", "the water levels", "the inspections", "the tariffs"),
    *("the pension fund", "the night trains", "the landing rights", "the catch", "the observers"),
)
UNTIL: Final = (
    *("before the next round", "within ninety days", "by the end of the year", "in two steps", "without conditions"),
    *("under joint control", "on both sides", "as agreed in the first round", "for five years"),
)
SAYINGS: Final = (
    *("We remain ready to discuss", "Nobody here will give up", "There can be no agreement without a word on"),
    *("It was a frank exchange about", "Our members expect progress on", "We have always been clear about"),
    *("The other side has not answered on", "The draft says nothing about", "Much time went into"),
    *("The capitals have to decide on", "We were told something else about", "The figures are wrong on"),
)
REASONS: Final = (
    *("For consultations in the capitals.", "At the request of the chair.", "The agenda was gone through."),
    *("The mandate did not reach further.", "No answer was given in time.", "After an incident at the border."),
    *("The members were to be asked.", "Because of the holidays."),
)
CORRECTIONS: Final = (
    *("Read anew.", "The outlet corrected its report.", "The translation was wrong.", "The transcript says otherwise."),
    *("The date was that of the report.",),
)
WITHDRAWALS: Final = ("The outlet withdrew its report.", "Recorded for the wrong talks.", "Recorded twice.")
RESTORATIONS: Final = ("The report was right after all.", "It was withdrawn by mistake.")
