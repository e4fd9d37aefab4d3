"""Curves with known answers: recorded from runs whose set-up fixes the answer, and made ones."""
