"""The commands of `keras-blur`: options, progress and exit codes around the library."""
