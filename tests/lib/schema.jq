# What does not fit a JSON Schema, a line each; of the schema's words, those that docs/l2x.schema.json has. A member
# that the schema does not know is told too. Arguments: $schema, the document (as --slurpfile gives it), and $shape, one
# of its $defs, or "" for all of it.
def kind: if type == "number" and . == floor then "integer" else type end;
def is($t): kind == $t or ($t == "number" and type == "number");

def members($s):
	if $s["$ref"] then members($schema[0]["$defs"][$s["$ref"] | sub("^.*/"; "")])
	else ($s.properties // {} | keys[]), ($s.allOf // [] | .[] as $a | members($a)) end;

def wrong($s; $at):
	if $s["$ref"] then wrong($schema[0]["$defs"][$s["$ref"] | sub("^.*/"; "")]; $at)
	elif $s.enum then . as $v | if any($s.enum[]; . == $v) then empty else "\($at): \(tojson) is none of \($s.enum)" end
	elif $s.anyOf then
		. as $v | [$s.anyOf[] as $a | [$v | wrong($a; $at)]] | if any(.[]; . == []) then empty else .[0][] end
	elif $s.allOf then
		. as $v | $s.allOf[] as $a | $v | wrong($a; $at)
	else
		. as $v
		| if any([$s.type] | flatten | .[]; . as $t | $v | is($t)) then empty
		  else "\($at): \(tojson) is no \($s.type)" end,
		  if type == "object" then
			(($s.required // [])[] | . as $k | if $v | has($k) then empty else "\($at).\($k) is missing" end),
			(to_entries[] | .key as $k | .value
				| if $s.properties[$k] then wrong($s.properties[$k]; "\($at).\($k)")
				  elif $s.additionalProperties then wrong($s.additionalProperties; "\($at).\($k)")
				  else empty end)
		  elif type == "array" and $s.items then
			(to_entries[] | .key as $k | .value | wrong($s.items; "\($at)[\($k)]"))
		  else empty end
	end;

def unknown($s; $at):
	if type == "object" and ($s | has("additionalProperties") | not) then
		[members($s)] as $known | keys[] | select(. as $k | $known | index($k) | not) | "\($at).\(.) is not known"
	else empty end;

(if $shape == "" then $schema[0] else $schema[0]["$defs"][$shape] end) as $s | wrong($s; $shape), unknown($s; $shape)
