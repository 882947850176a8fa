"""What is installed in a container image: package databases and what language tools leave behind, one file each."""
