"""Trial and error as a person does it: what curves say, what to change, whom to ask (row 75)."""
