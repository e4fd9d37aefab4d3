"""Several models as one: averaged, fused, trained over seeds, kept on the way (rows 65 to 68)."""
