"""A Moodle site's web services, as a site of version 5.1 answers them."""
