"""What ``lcm doctor`` looks at, one subject a file. Advice names commands in backticks, which a test parses."""
