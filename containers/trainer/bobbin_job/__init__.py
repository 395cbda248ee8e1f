"""The supervisor of a job on a rented machine: brings the inputs, starts the trainer, takes home what it made."""
