## template: jinja
#!/bin/bash
# status: done
# console: in us-east-1
echo "in {{ v1.availability_zone[:-1] }}"
