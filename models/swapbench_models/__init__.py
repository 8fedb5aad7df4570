"""What is compared: one package a family, each usable without the instrument, of which none of them knows."""
