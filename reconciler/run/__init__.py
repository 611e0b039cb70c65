"""Around the engine: what a run works with, how its plan is put together, how it is carried out."""
