"""Everything that touches Ultralytics, and nothing else does. Import it only after `environment.silence`."""
