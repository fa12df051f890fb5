"""Files to rows: the shipped data and the official files."""
