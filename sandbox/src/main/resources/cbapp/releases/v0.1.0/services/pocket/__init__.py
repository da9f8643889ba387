"""What the two services are made of."""
