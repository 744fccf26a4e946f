"""Life cycle of CML hosts on EC2."""
