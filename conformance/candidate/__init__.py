"""A build of one's own in the place of a released package: what does it change in the cells that it can be put into?"""
