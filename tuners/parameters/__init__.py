"""Single hyperparameters: their values, their ranges, their columns.

No other folder asks which kind of hyperparameter of KerasTuner (`Int`, `Choice`, …) it has.
"""
