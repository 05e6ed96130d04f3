"""What the stories share that start the program in processes of their own."""

import os

# So that all processes add up in the same order.
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
