"""One SPI client per far system."""
