"""What operators are told of: conditions that are looked for, and notifications that follow them."""
