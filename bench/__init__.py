"""What Parley is measured with. No part of the wheel."""
