"""MiniStack plus what a Batch pipeline needs of it: jobs that run, errors by name, deadlines, budgets."""
