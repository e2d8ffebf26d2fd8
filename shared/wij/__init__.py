"""What all services agree on: the events they speak, and the ground they stand on. No rule of a case lives here."""
