"""Short trainings that tell something before, or beside, the long one."""
