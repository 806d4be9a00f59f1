"""Invented archives in realistic proportions and of any size, for trials and measurements. Everything in them is marked
as invented."""
