#!/bin/sh
# Totals and a ranking of a file of orders; both are made at the same time
set -eu
orders=$1
jq -r 'group_by(.region)[] | "\(.[0].region) \(map(.amount) | add)"' "$orders" > spool/totals &
jq -r '.[] | "\(.amount) \(.customer)"' "$orders" | rank "${TOP:-5}" > spool/ranking &
wait
echo "Orders by region"
while read -r region total; do
  printf '  %-8s %6d\n' "$region" "$total"
done < spool/totals
echo "Largest $TOP"
sed 's/^/  /' spool/ranking
