i=0
while [ $i -lt 4 ]; do
  cat words.txt | tr a-z A-Z | sort | uniq -c | sort -rn | head -3 >/dev/null
  grep -c e words.txt >/dev/null
  i=$((i+1))
done
yes | head -1 >/dev/null
x=$(wc -l <words.txt); echo "$x" >/dev/null
