"""What people keep as files: frameworks, cycles with their rosters, the list of Members, the terms of publication."""
