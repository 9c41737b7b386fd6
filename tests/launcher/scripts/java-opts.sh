#!/bin/sh
#:
#: JAVA_OPTS='-Xmx512m -Dx=y'
#: JAVA_OPTS='-cp *.txt' -- --spring.profiles.active=prod
#: JAVA_OPTS='   '
exec java $JAVA_OPTS -Djava.security.egd=file:/dev/./urandom -jar /app/app.jar "$@"
