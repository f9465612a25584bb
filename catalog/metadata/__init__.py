"""What is said about datasets: DCAT-AP-NO, quality, citation, feeds and the points that portals give."""
