"""What devices say of themselves: captured documents, joined to devices and services."""
