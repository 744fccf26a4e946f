"""What happens now, told to everybody who watches: one feed in, many streams out."""
