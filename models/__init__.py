"""What is compared: one package a family, each usable without the harness, of which none of them knows."""
