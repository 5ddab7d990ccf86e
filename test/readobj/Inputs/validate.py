"""Validates JSON files against a schema, and that the schema is no empty one.

usage: validate.py SCHEMA JSON...
"""
import json
import sys

import jsonschema

with open(sys.argv[1]) as f:
    schema = json.load(f)
validator_class = jsonschema.validators.validator_for(schema)
validator_class.check_schema(schema)
validator = validator_class(schema)

status = 0
for name in sys.argv[2:]:
    with open(name) as f:
        document = json.load(f)
    for error in validator.iter_errors(document):
        best = jsonschema.exceptions.best_match([error])
        print("%s: %s: %s" % (name, best.json_path, best.message))
        status = 1
for wrong in [1, {}, [{}], [{"File": "a", "Kind": "toaster", "Size": 1}]]:
    if validator.is_valid(wrong):
        print("the schema takes %s" % wrong)
        status = 1
sys.exit(status)
