"""The trainer of Bobbin: `python -m bobbin_trainer JOB.json` does one job and writes one result."""
