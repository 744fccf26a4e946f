"""What there is to look at, as data: where it is, how it is listed, filtered and described."""
