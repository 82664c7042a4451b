"""One session on many machines, through dask.distributed."""
