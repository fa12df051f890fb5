"""Helpers of the Makefile. Nothing of the portal imports them."""
