"""The shell: the loop, reload, status and what is measured of them."""
