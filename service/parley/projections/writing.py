"""Writing read models: what a transaction touched, put into their tables."""

from parley.projections import READ_MODELS
from parley.projections.tables import statement
from parley.projections.touched import Touched
from parley.store.log import Executes


async def write_read_models(connection: Executes, touched: Touched) -> None:
    """Bring every read model up to date, in the transaction that records the events."""
    for read_model in READ_MODELS:
        for update in read_model.updates(touched):
            sql, parameters = statement(update)
            await connection.execute(sql, *parameters)
