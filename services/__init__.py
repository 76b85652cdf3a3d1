"""The rooms of foldspace below and beside the gateway; see ARCHITECTURE.md for the way through them."""
