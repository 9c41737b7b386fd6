# Pull requests as a change log in Markdown: one section a label, newest first
include "words" {search: "/usr/share/changelog"};

group_by(.label)
| map(
    "## \(.[0].label | title)\n",
    (sort_by(.merged) | reverse | .[] | "- \(.title | sentence) (#\(.number), \(.merged | fromdate | strftime("%d %b %Y")))"),
    ""
  )
| .[]
