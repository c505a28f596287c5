"""What is shown of a unit: documents, lists, labels and differences, as JSON."""
