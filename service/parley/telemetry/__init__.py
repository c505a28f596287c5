"""What those who operate the service see of it at work: numbers and traces."""
