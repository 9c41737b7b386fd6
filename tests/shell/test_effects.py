"""The vocabulary: what each command leaves on disk."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from minify.shell.effects import (
    Builds,
    ChangesMode,
    ChangesNothing,
    ChangesOwner,
    CleansIndex,
    Configures,
    CopiesFile,
    Downloads,
    Effect,
    InstallsLibraries,
    InstallsPackages,
    MakesGroup,
    MakesUser,
    RefreshesIndex,
    Removes,
    RemovesLibraries,
    RemovesPackages,
    RunsProject,
    Unknown,
    Writes,
    effects,
)
from minify.shell.interpret import reader_of
from minify.shell.run import read_command_line
from minify.shell.vocabulary import VOCABULARY


def shown(effect: Effect) -> str:
    """An effect as one line, for tables."""
    match effect:
        case InstallsPackages():
            packages = ",".join(
                package.name
                + (f":{package.architecture}" if package.architecture else "")
                + (f"={package.version}" if package.version else "")
                + (f"@{package.virtual}" if package.virtual else "")
                for package in effect.packages
            )
            return f"installs {effect.manager} {packages}{' +recommends' if effect.recommends else ''}"
        case RemovesPackages():
            return f"removes {effect.manager} {','.join(effect.names)}"
        case RefreshesIndex():
            return f"refreshes {effect.manager}"
        case CleansIndex():
            return f"cleans {effect.manager}"
        case InstallsLibraries():
            marks = [name for name in ("editable", "user", "cache", "dev") if getattr(effect, name)]
            what = ",".join([*effect.packages, *(f"<{file}" for file in effect.files)])
            marks += [f"leaves {effect.leaves}"] if effect.leaves is not None else []
            return " ".join([effect.tool, what, f"in {effect.prefix}", *marks])
        case RemovesLibraries():
            return f"uninstalls {effect.tool} {','.join(effect.packages)}"
        case Configures():
            return f"sets {effect.variable}={effect.value}"
        case Writes():
            return f"writes {effect.path}{'' if effect.certain else '?'}"
        case Removes():
            return f"rm {effect.path}{'' if effect.certain else '?'}"
        case CopiesFile():
            return f"{effect.source} -> {effect.target}"
        case MakesUser():
            facts = (effect.uid, effect.gid, effect.home, effect.group)
            return f"user {effect.name} {' '.join(str(fact) for fact in facts)}"
        case MakesGroup():
            return f"group {effect.name} {effect.gid}"
        case ChangesOwner():
            return f"chown {effect.owner} {effect.path}{' -R' if effect.recursive else ''}"
        case ChangesMode():
            return f"chmod {effect.mode} {effect.path}{' -R' if effect.recursive else ''}"
        case Builds():
            static = {True: " static", False: " dynamic", None: ""}[effect.static]
            return f"builds {effect.tool} {effect.package} -> {effect.output}{static}"
        case RunsProject():
            return f"runs {effect.tool} {effect.script}"
        case Downloads():
            return f"downloads {effect.url} -> {effect.path}"
        case ChangesNothing():
            return "-"
        case Unknown():
            return f"? {effect.reason}"


def table(text: str, env: Mapping[str, str] | None = None) -> list[str]:
    return [shown(effect) for effect in effects(read_command_line(text, cwd="/app", env=env or {}))]


NOTHING = [
    "true",
    "set -eux",
    "echo a $UNKNOWN",
    "test -f x",
    "[ -f x ]",
    "A=1",
    "export A=$B",
    "cd /x",
    "foo --version",
    "curl --version",
    "python -c 'import x, y; print(x)'",
    "git --version",
    "cat a | grep b | sort > /dev/null 2>&1",
    "node -v",
    "sed s/a/b/ x",
    "tar -tf x",
    "dpkg --print-architecture",
    "apt-cache policy x",
    ". /etc/os-release",
    ". /opt/venv/bin/activate",
    "find . -name x",
    "pip --version",
    "npm cache clean --force",
    "go env GOPATH",
    "f() { :; }; f",
    "apt-get install -y --dry-run gcc",
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_left(text: str) -> None:
    assert set(table(text)) == {"-"}


APT = [
    ("apt-get update -qq", ["refreshes apt"]),
    ("apt-get install -y gcc", ["installs apt gcc +recommends"]),
    ("apt-get -yqq install --no-install-recommends gcc g++", ["installs apt gcc,g++"]),
    ("apt-get -o APT::Install-Recommends=false install gcc", ["installs apt gcc"]),
    (
        "apt install -y -t bookworm-backports git=1:2.* libc6:i386",
        ["installs apt git=1:2.*,libc6:i386 +recommends"],
    ),
    ("apt-get install nginx/stable", ["installs apt nginx +recommends"]),
    ("apt-get install -y ./x.deb /tmp/y.deb", ["installs apt /app/x.deb,/tmp/y.deb +recommends"]),
    ("apt-get install -y curl=$V", ["installs apt curl=$V +recommends"]),
    (
        "apt-get install -y gcc $X",
        ["installs apt gcc +recommends", "? which packages `$X` stands for is not known"],
    ),
    ("P='a b'; apt-get install $P", ["-", "installs apt a,b +recommends"]),
    ("apt-get install -y 'lib*'", ["? which packages `'lib*'` stands for is not known"]),
    ("apt-get purge -y --auto-remove gcc", ["removes apt gcc", "removes apt "]),
    ("apt-get autoremove -y", ["removes apt "]),
    ("apt-get upgrade -y", ["installs apt  +recommends"]),
    ("apt-get clean && apt-get dist-clean", ["cleans apt", "cleans apt"]),
    ("apt-get build-dep x", ["? which packages `build-dep` installs is not known"]),
    ("rm -rf /var/lib/apt/lists/*", ["rm /var/lib/apt/lists/*", "cleans apt"]),
    ("dpkg -i /tmp/x.deb", ["installs dpkg /tmp/x.deb"]),
    ("dpkg -x x.deb /opt", ["writes /opt"]),
    ("sudo DEBIAN_FRONTEND=noninteractive apt-get install -y gcc", ["installs apt gcc +recommends"]),
    ("xargs -a pkgs apt-get install", ["? what xargs hands on is not known"]),
    ("add-apt-repository -y ppa:x/y", ["writes /etc/apt", "refreshes apt"]),
]

APK = [
    ("apk update", ["refreshes apk"]),
    ("apk add --no-cache git build-base", ["installs apk git,build-base"]),
    (
        "apk --no-cache add -t .deps gcc=12.2-r1 'musl-dev>1' x~=2 y@edge",
        ["installs apk gcc=12.2-r1@.deps,musl-dev=1@.deps,x=2@.deps,y@.deps"],
    ),
    ("apk add --virtual=.b -X http://x/y gcc", ["installs apk gcc@.b"]),
    ("apk add -U git", ["refreshes apk", "installs apk git"]),
    ("apk del .deps", ["removes apk .deps"]),
    ("apk add --no-cache $X", ["? which packages `$X` stands for is not known"]),
    ("apk add --root /out --initdb busybox", ["writes /out"]),
    ("rm -rf /var/cache/apk/*", ["rm /var/cache/apk/*", "cleans apk"]),
]

RPM = [
    ("dnf install -y gcc --setopt=install_weak_deps=False", ["installs dnf gcc"]),
    (
        "microdnf install -y --nodocs java-17-openjdk.x86_64",
        ["installs microdnf java-17-openjdk:x86_64 +recommends"],
    ),
    ("yum groupinstall -y 'Development Tools'", ["installs yum @Development Tools +recommends"]),
    ("yum -y update && yum clean all", ["installs yum  +recommends", "cleans yum"]),
    ("dnf swap -y curl-minimal curl", ["removes dnf curl-minimal", "installs dnf curl +recommends"]),
    ("dnf remove -y gcc", ["removes dnf gcc"]),
    ("dnf --installroot=/out install -y x", ["writes /out"]),
    ("tdnf makecache", ["refreshes tdnf"]),
    ("zypper -n install --no-recommends gcc", ["installs zypper gcc"]),
    ("rpm -Uvh https://x/y.rpm", ["installs rpm https://x/y.rpm"]),
    ("pacman -Syu --noconfirm gcc", ["refreshes pacman", "installs pacman ", "installs pacman gcc"]),
    ("dnf config-manager --add-repo x", ["writes /etc"]),
]

PYTHON = [
    ("pip install --no-cache-dir -r requirements.txt", ["pip </app/requirements.txt in None"]),
    ("pip install flask==2 'x[y]>=1'", ["pip flask==2,x[y]>=1 in None cache"]),
    ("pip install flask==$V", ["pip flask==$V in None cache"]),
    ("pip install -e .", ["pip .,</app in None editable cache"]),
    ("pip install --user -r a.txt -c b.txt x", ["pip x,</app/a.txt,</app/b.txt in None user cache"]),
    ("pip3.11 install --target=/deps x", ["pip x in /deps cache"]),
    ("/opt/venv/bin/pip install x", ["pip x in /opt/venv cache"]),
    (".venv/bin/pip install x", ["pip x in /app/.venv cache"]),
    ("/usr/bin/pip3 install x", ["pip x in None cache"]),
    ("python3 -m pip install --prefix /install x", ["pip x in /install cache"]),
    (
        "python -m venv /opt/venv && . /opt/venv/bin/activate && pip install x",
        ["writes /opt/venv", "-", "pip x in /opt/venv cache"],
    ),
    ("PIP_NO_CACHE_DIR=1 pip install x", ["pip x in None"]),
    ("pip install -r $X", ["pip  in None cache", "? which file the requirements are in is not known"]),
    ("pip uninstall -y pip wheel", ["uninstalls pip pip,wheel"]),
    ("pip wheel -w /wheels -r r.txt", ["writes /wheels"]),
    ("python setup.py install", ["pip .,</app/setup.py in None"]),
    ("jar --create --file /x.war -C out .", ["writes /x.war"]),
    ("jar cfe app.jar a.Main -C out .", ["writes /app/app.jar"]),
    ("jar -xf /x.war", ["writes /app"]),
    ("jar tf /x.war", ["-"]),
    ("jar --update --file=lib/a.jar x", ["writes /app/lib/a.jar"]),
    ("python setup.py build_ext --inplace", ["builds python . -> /app/"]),
    (
        "python /usr/lib/python3/dist-packages/pgadmin4/setup.py setup-db",
        ["runs python /usr/lib/python3/dist-packages/pgadmin4/setup.py"],
    ),
    ("python manage.py collectstatic --noinput", ["runs python /app/manage.py"]),
    ("flask digest compile", ["runs python flask"]),
    ("flake8 --ignore=E501 .", ["-"]),
    ("python -m nltk.downloader -d /data punkt", ["writes /data"]),
    ("python -m app.seed", ["runs python app.seed"]),
    ("python -c 'import nltk; nltk.download()'", ["runs python None"]),
    ("python3 <<EOF\nprint(1)\nEOF", ["runs python None"]),
    ("curl x | python3 -", ["downloads x -> None", "? a script from the network"]),
    ("uv pip install --system --no-cache -r r.txt", ["uv </app/r.txt in None"]),
    ("uv sync --frozen --no-dev", ["uv .,</app/pyproject.toml,</app/uv.lock in /app/.venv editable cache"]),
    ("uv sync --no-install-project", ["uv </app/pyproject.toml,</app/uv.lock in /app/.venv cache dev"]),
    ("uv venv /v", ["writes /v"]),
    ("uv run --no-sync python x.py", ["runs uv python"]),
    (
        "poetry config virtualenvs.create false && poetry install --only main --no-root",
        [
            "sets POETRY_VIRTUALENVS_CREATE=false",
            "writes /root/.config/pypoetry",
            "poetry </app/pyproject.toml,</app/poetry.lock in None cache",
        ],
    ),
    (
        "poetry install --no-cache",
        ["poetry .,</app/pyproject.toml,</app/poetry.lock in /root/.cache/pypoetry/virtualenvs editable dev"],
    ),
    ("poetry export -f requirements.txt -o r.txt", ["writes /app/r.txt"]),
    ("pipenv install --system --deploy", ["pipenv </app/Pipfile,</app/Pipfile.lock in None cache"]),
    ("conda install -y -c conda-forge numpy", ["conda numpy in None cache"]),
    ("conda env create -f environment.yml", ["conda </app/environment.yml in None cache"]),
]

NODE = [
    ("npm ci", ["npm </app/package.json,</app/package-lock.json in /app/node_modules cache dev"]),
    ("npm ci --omit=dev", ["npm </app/package.json,</app/package-lock.json in /app/node_modules cache"]),
    (
        "NODE_ENV=production npm i",
        ["npm </app/package.json,</app/package-lock.json in /app/node_modules cache"],
    ),
    (
        "npm install --production=false",
        ["npm </app/package.json,</app/package-lock.json in /app/node_modules cache dev"],
    ),
    (
        "npm --prefix web ci",
        ["npm </app/web/package.json,</app/web/package-lock.json in /app/web/node_modules cache dev"],
    ),
    ("npm install -g pm2 npm@$V", ["npm pm2,npm@$V in /usr/local cache"]),
    ("npm install -g $X", ["? which libraries npm installs is not known"]),
    ("npm run build", ["runs npm build"]),
    ("npm prune --production", ["writes /app/node_modules"]),
    ("npm config set registry x", ["sets NPM_CONFIG_REGISTRY=x", "writes /root/.npmrc"]),
    ("npx prisma generate", ["runs npx prisma"]),
    ("yarn", ["yarn </app/package.json,</app/yarn.lock in /app/node_modules cache dev"]),
    (
        "yarn install --production --frozen-lockfile",
        ["yarn </app/package.json,</app/yarn.lock in /app/node_modules cache"],
    ),
    ("yarn build", ["runs yarn build"]),
    ("yarn global add serve", ["yarn serve in /usr/local cache"]),
    ("yarn cache clean", ["-"]),
    ("pnpm i --prod", ["pnpm </app/package.json,</app/pnpm-lock.yaml in /app/node_modules cache"]),
    ("pnpm --filter web deploy /out", ["writes /out"]),
    (
        "corepack enable",
        [f"writes /usr/local/bin/{name}" for name in ("pnpm", "pnpx", "yarn", "yarnpkg")],
    ),
    ("corepack enable pnpm@10 --install-directory /opt/bin", ["writes /opt/bin/pnpm", "writes /opt/bin/pnpx"]),
    ("node build.js", ["runs node /app/build.js"]),
    ("cd $X && npm ci", ["-", "? which directory npm installs to is not known"]),
]

COMPILED = [
    ("go build", ["builds go . -> None"]),
    (
        "CGO_ENABLED=0 GOOS=linux go build -ldflags='-s -w' -o bin/app ./cmd/app",
        ["builds go ./cmd/app -> /app/bin/app static"],
    ),
    ("go build -ldflags '-extldflags \"-static\"' -o /a .", ["builds go . -> /a static"]),
    ("go build -o bin/ ./...", ["builds go ./... -> /app/bin/"]),
    ("xcaddy build v2.8.4 --with github.com/caddy-dns/duckdns", ["builds xcaddy None -> /app/caddy static"]),
    ("CGO_ENABLED=1 xcaddy build --output /out/caddy", ["builds xcaddy None -> /out/caddy"]),
    ("xcaddy version", ["-"]),
    ("caddy validate --config /etc/caddy/Caddyfile", ["-"]),
    ("caddy fmt --overwrite /etc/caddy/Caddyfile", ["writes /etc/caddy/Caddyfile"]),
    ("caddy start", ["? what this caddy command does is not known"]),
    ("go build -o /out/$X .", ["builds go . -> /out/"]),
    ("go install example.org/x/cmd/y/v2@latest", ["builds go example.org/x/cmd/y/v2@latest -> /go/bin/y"]),
    ("go mod download", ["go </app/go.mod,</app/go.sum in /go cache"]),
    ("go mod vendor", ["writes /app/vendor", "writes /go/pkg/mod"]),
    ("go generate ./... && go vet", ["runs go ./...", "-"]),
    ("cargo build --release", ["builds cargo None -> /app/target/release/"]),
    (
        "cargo build -r --target x86_64-unknown-linux-musl --bin s",
        ["builds cargo s -> /app/target/x86_64-unknown-linux-musl/release/s static"],
    ),
    ("cargo +nightly install --path . --root /out", ["builds cargo . -> /out/bin/"]),
    ("gcc -O2 -Wall -static -o /hello hello.c", ["builds gcc hello.c -> /hello static"]),
    ("g++-12 a.cc", ["builds g++-12 a.cc -> /app/a.out"]),
    (
        "./configure --prefix=/usr && make -j4 && make install",
        [
            "builds configure None -> /app/",
            "builds make all -> /app/",
            "builds make install -> /app/",
            "writes /usr/local?",
        ],
    ),
    ("make -C src install DESTDIR=/out", ["builds make install -> /app/src/", "writes /out"]),
    ("make deploy", ["runs make deploy"]),
    (
        "cmake -S . -B build && cmake --build build -j",
        ["builds cmake . -> /app/build/", "builds cmake None -> /app/build/"],
    ),
    ("ctest --test-dir build -j 4", ["builds ctest None -> /app/build/"]),
    ("mvn -B package", ["mvn </app/pom.xml in /root/.m2 cache dev", "builds mvn None -> /app/target/"]),
    (
        "./gradlew build",
        ["gradle </app/build.gradle in /root/.gradle cache dev", "builds gradle build -> /app/build/"],
    ),
    (
        "dotnet publish -c Release -o /out",
        ["dotnet  in /root/.nuget/packages cache dev", "builds dotnet None -> /out/"],
    ),
    ("jlink --add-modules java.base --output /jre", ["builds jlink java.base -> /jre"]),
    ("bundle install --without development", ["bundle </app/Gemfile,</app/Gemfile.lock in None cache leaves /app"]),
    (
        "deno cache main.ts",
        [
            "deno </app/deno.json,</app/deno.lock in /root/.cache/deno",
            "writes /app/node_modules?",
            "writes /app/deno.lock?",
        ],
    ),
    (
        "DENO_DIR=/deno-dir/ deno install --frozen",
        ["deno </app/deno.json,</app/deno.lock in /deno-dir", "writes /app/node_modules?", "writes /app/deno.lock?"],
    ),
    ("deno compile -A -o server src/main.ts", ["builds deno src/main.ts -> /app/server"]),
    ("deno compile src/main.ts", ["builds deno src/main.ts -> /app/main"]),
    ("deno task build", ["runs deno build"]),
    ("deno --version", ["-"]),
    ("bun build --compile --outfile /srv/app src/main.ts", ["builds bun src/main.ts -> /srv/app"]),
    ("rebar3 as prod release", ["builds rebar3 None -> /app/_build/", "writes /root/.cache/rebar3"]),
    ("rebar3 release -o /rel", ["builds rebar3 None -> /app/_build/", "writes /rel", "writes /root/.cache/rebar3"]),
    ("mix release --path /rel", ["builds mix None -> /app/_build/", "writes /rel"]),
    (
        "mix do compile, release --path=rel",
        ["builds mix None -> /app/_build/", "builds mix None -> /app/_build/", "writes /app/rel"],
    ),
    ("mix release --path $WHERE", ["builds mix None -> /app/_build/", "? where the release is put is not known"]),
    ("rebar3 version", ["-"]),
    ("luarocks install lua-cjson", ["luarocks lua-cjson in None cache"]),
    ("luarocks --tree=lua_modules make", ["luarocks  in /app/lua_modules cache"]),
    ("luarocks install --local lpeg", ["luarocks lpeg in /root/.luarocks cache"]),
    ("cpanm --notest Plack", ["cpan Plack in None cache"]),
    ("cpanm --installdeps .", ["cpan </app/cpanfile in None cache"]),
    ("cpanm -L local --installdeps .", ["cpan </app/cpanfile in /app/local cache"]),
    ("PERL_MM_OPT=INSTALL_BASE=/opt/perl5 cpanm Plack", ["cpan Plack in /opt/perl5 cache"]),
    ("cpm install -g Plack", ["cpan Plack,</app/cpanfile in None cache"]),
    ("cpm install", ["cpan </app/cpanfile in /app/local cache"]),
    ("carton install --deployment", ["cpan </app/cpanfile in /app/local cache"]),
    ("carton exec prove", ["runs carton None"]),
    ("composer install --no-dev", ["composer </app/composer.json,</app/composer.lock in /app/vendor cache"]),
]

TRANSFERS = [
    ("curl -fsSL https://x/y", ["downloads https://x/y -> None"]),
    ("curl -o a https://x/y", ["downloads https://x/y -> /app/a", "writes /app/a"]),
    ("curl -sSLO https://x/y.tgz?z", ["downloads https://x/y.tgz?z -> /app/y.tgz", "writes /app/y.tgz"]),
    ("curl -L https://x/$V -o /opt/$V", ["downloads None -> /opt", "writes /opt"]),
    ("curl https://x > f", ["downloads https://x -> None", "writes /app/f"]),
    ("wget https://x/y.tgz", ["downloads https://x/y.tgz -> /app/y.tgz", "writes /app/y.tgz"]),
    ("wget -qO- https://x | tar xz -C /opt", ["downloads https://x -> None", "writes /opt"]),
    ("wget https://x/$V/y.tgz", ["downloads None -> /app/y.tgz", "writes /app/y.tgz"]),
    ("wget https://x/y?z", ["downloads https://x/y?z -> /app", "writes /app"]),
    ("curl -O https://x/y-$V.tgz", ["downloads None -> /app", "writes /app"]),
    ("wget -P /tmp https://x/y", ["downloads https://x/y -> /tmp/y", "writes /tmp/y"]),
    ("tar xzf a.tgz", ["writes /app"]),
    ("tar -C /opt --strip-components=1 -xzf a.tgz", ["writes /opt"]),
    ("tar czf /b.tgz x", ["writes /b.tgz"]),
    ("tar -xf a -C $X", ["? where it unpacks to is not known"]),
    ("unzip -q a.zip -d /opt", ["writes /opt"]),
    ("git clone --depth 1 https://x/y.git", ["downloads https://x/y.git -> /app/y", "writes /app/y"]),
    ("git clone -b v1 https://x/y /src", ["downloads https://x/y -> /src", "writes /src"]),
    ("git -C /src checkout v1", ["writes /src"]),
    ("gpg --dearmor -o /k.gpg", ["writes /k.gpg", "writes /root/.gnupg"]),
    ("curl https://x | sh", ["downloads https://x -> None", "? a script from the network"]),
    (
        "curl -o i.sh https://x && sh i.sh",
        ["downloads https://x -> /app/i.sh", "writes /app/i.sh", "? a script from the network"],
    ),
    ("bash <(curl -s https://x)", ["downloads https://x -> None", "? a script from the network"]),
    (
        "curl https://deb.nodesource.com/setup_20.x | bash -",
        ["downloads https://deb.nodesource.com/setup_20.x -> None", "writes /etc/apt?", "refreshes apt"],
    ),
]

USERS = [
    ("useradd -m -u 1000 app", ["user app 1000 None /home/app None"]),
    ("useradd -r -g app -d /srv -s /bin/false app", ["user app None None /srv app"]),
    ("useradd --base-dir /srv app", ["user app None None /srv/app None"]),
    (
        "usermod -d $X app",
        [
            *(f"writes /etc/{n}" for n in ("passwd", "group", "shadow", "gshadow")),
            "? where the user's home is moved to is not known",
        ],
    ),
    ("adduser -D -u 1000 -G app -h /srv app", ["user app 1000 None /srv app"]),
    ("adduser --disabled-password --gecos '' --uid 1000 app", ["user app 1000 None /home/app None"]),
    ("adduser --system --group app", ["user app None None /home/app app"]),
    ("adduser app docker", ["writes /etc/group"]),
    ("groupadd -r -g 1000 app", ["group app 1000"]),
    ("addgroup -S app", ["group app None"]),
    ("useradd $X", ["writes /etc/passwd", "? which user is made is not known"]),
    (
        "echo 'a:b' | chpasswd",
        ["-", "writes /etc/passwd", "writes /etc/group", "writes /etc/shadow", "writes /etc/gshadow"],
    ),
]

FILES = [
    ("mkdir -p a /b", ["writes /app/a", "writes /b"]),
    ("mkdir -p /b/{c,d}", ["writes /b"]),
    ("touch /x/$Y", ["writes /x"]),
    ("cp -r a /b/", ["/app/a -> /b/", "writes /b"]),
    ("cp a b /c", ["/app/a -> /c/", "/app/b -> /c/", "writes /c"]),
    ("cp *.so /lib", ["/app/*.so -> /lib", "writes /lib"]),
    ("mv a /b", ["/app/a -> /b", "writes /b", "rm /app/a"]),
    (
        "ln -sf /usr/bin/python3 /usr/bin/python",
        ["/usr/bin/python3 -> /usr/bin/python", "writes /usr/bin/python"],
    ),
    ("ln -s ../lib/x /usr/bin/y", ["/usr/lib/x -> /usr/bin/y", "writes /usr/bin/y"]),
    ("install -Dm755 a /usr/bin/a", ["/app/a -> /usr/bin/a", "writes /usr/bin/a"]),
    ("install -d /x", ["writes /x"]),
    ("rm -rf /tmp/* x", ["rm /tmp/*", "rm /app/x"]),
    ("rm -rf /tmp/$X", ["rm /tmp?"]),
    ("rm -rf $X", ["? which files `$X` stands for is not known"]),
    ("rm -rf /x/$Y/../z", ["? which files `/x/$Y/../z` stands for is not known"]),
    ("chmod -R 755 a", ["chmod 755 /app/a -R"]),
    ("chmod -x a", ["chmod -x /app/a"]),
    ("chown -R $U:app /x", ["chown $U:app /x -R"]),
    ("chgrp -R 0 /x", ["chown :0 /x -R"]),
    ("sed -i.bak -e s/a/b/ -e s/c/d/ /etc/x", ["writes /etc/x"]),
    ("sed -ri 's/a/b/' x", ["writes /app/x"]),
    ("echo a >> /etc/x", ["writes /etc/x"]),
    ("cat > /etc/x <<EOF\na\nEOF", ["writes /etc/x"]),
    ("echo a | tee -a /etc/x > /dev/null", ["-", "writes /etc/x"]),
    ("{ a=1; echo b; } > x", ["-", "-", "writes /app/x"]),
    ("echo a > $X", ["? which file the output goes to is not known"]),
    ("find /usr -name '*.pyc' -delete", ["rm /usr/**/*.pyc"]),
    ("find . -type d -name t -exec rm -rf {} +", ["rm /app/**/t"]),
    ("find /a -name b | xargs rm", ["-", "rm /a/**/b"]),
    ("seq 8 | xargs -I{} mkdir -p /usr/share/man/man{}", ["-", "writes /usr/share/man"]),
    ("ls | xargs -I % touch %", ["-", "? what xargs hands on is not known"]),
    ("find /a -exec foo {} +", ["? what foo does to each file is not known"]),
    ("find /a -exec sh -c 'strip \"$@\"' -- {} +", ["writes /a"]),
    ("ldconfig", ["writes /etc/ld.so.cache"]),
    ("ldconfig -p", ["-"]),
    ("update-ca-certificates", ["writes /etc/ssl/certs"]),
    (
        "update-alternatives --install /usr/bin/cc cc /usr/bin/gcc 1",
        [
            "writes /etc/alternatives",
            "writes /var/lib/dpkg/alternatives",
            "/usr/bin/gcc -> /usr/bin/cc",
            "writes /usr/bin/cc",
        ],
    ),
]

SCRIPTS = [
    ("./build.sh", ["runs sh /app/build.sh"]),
    ("sh scripts/x.sh", ["runs sh /app/scripts/x.sh"]),
    ("/entrypoint.sh", ["runs sh /entrypoint.sh"]),
    ("./install", ["runs sh /app/install"]),
    ("/usr/bin/foo x", ["? what foo writes is not known"]),
    ("foo x", ["? what foo writes is not known"]),
    ("$X y", ["? which program runs is not known"]),
    ("bash -exc 'mkdir /a && cd /b && touch c'", ["writes /a", "-", "writes /b/c"]),
    ("bash -o pipefail -c 'curl x | tar x'", ["downloads x -> None", "writes /app"]),
    ("su app -c 'touch x'", ["writes /app/x"]),
    ("su - app -c 'touch x'", ["? which file `x` stands for is not known"]),
    ('bash -c "$X"', ["? the script it is given is not known"]),
    ("sh <<'EOF'\nmkdir /a\nEOF", ["writes /a"]),
    ("eval 'mkdir /a'", ["writes /a"]),
    ('eval "$(foo)"', ["? what foo writes is not known", "? the script it is given is not known"]),
    (". ./lib.sh", ["runs sh /app/lib.sh"]),
    ("sudo -i apt-get install x", ["? what sudo runs is not known"]),
    ("env -S 'make x'", ["? what env runs is not known"]),
    ("trap 'rm -rf /t' EXIT", ["rm /t"]),
    ("trap - EXIT", ["-"]),
    ("sort -u -o /x y", ["writes /x"]),
    ("awk '{ print $1 > \"x\" }' y", ["? what the awk program writes is not known"]),
    ("awk '{ print $1 }' y", ["-"]),
    ('awk \'system("[ -e /x/" $1 " ]") == 0 { next }\'', ["-"]),
    ("dpkg --force-all -x", ["? where it unpacks to is not known"]),
    ("dpkg --unknown x", ["? what this dpkg command does is not known"]),
    ("rpm2cpio x.rpm | cpio -idm", ["-", "writes /app"]),
    ("busybox --install -s /out/bin", ["writes /out/bin"]),
    ("bash Miniconda3-latest.sh -b -p /opt/conda", ["writes /opt/conda"]),
    ("for p in a b; do apt-get install $p; done", ["? which packages `$p` stands for is not known"]),
    ("if [ a; then", ["? the shell parser cannot read it"]),
    ("X=$(foo)", ["? what foo writes is not known", "-"]),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [*APT, *APK, *RPM, *PYTHON, *NODE, *COMPILED, *TRANSFERS, *USERS, *FILES, *SCRIPTS],
)
def test_vocabulary(text: str, expected: list[str]) -> None:
    assert table(text) == expected


@pytest.mark.parametrize(
    ("text", "env", "expected", "why"),
    [
        ("pip install x", {"PATH": "/opt/venv/bin:/usr/bin"}, "pip x in /opt/venv cache", "ENV PATH"),
        ("pip install x", {"VIRTUAL_ENV": "/v", "PATH": "/v/bin:/usr/bin"}, "pip x in /v cache", "active"),
        ("pip install x", {"VIRTUAL_ENV": "/v", "PATH": "/usr/bin"}, "pip x in None cache", "not on PATH"),
        ("pip install x", {"PIP_NO_CACHE_DIR": "1"}, "pip x in None", ""),
        ("npm i -g x", {"NPM_CONFIG_PREFIX": "/n"}, "npm x in /n cache", ""),
        (
            "yarn add x",
            {"NODE_ENV": "production"},
            "yarn x,</app/package.json,</app/yarn.lock in /app/node_modules cache",
            "",
        ),
        ("go build -o /a .", {"CGO_ENABLED": "0"}, "builds go . -> /a static", ""),
        ("go install ./cmd/x", {"GOBIN": "/b"}, "builds go ./cmd/x -> /b/x", ""),
        ("cargo build", {"CARGO_TARGET_DIR": "/t"}, "builds cargo None -> /t/debug/", ""),
        ("mkdir $D", {"D": "/d"}, "writes /d", ""),
    ],
)
def test_variables_of_the_image_count(text: str, env: dict[str, str], expected: str, why: str) -> None:
    assert table(text, env) == [expected], why


def test_effects_take_variables_too() -> None:
    script = read_command_line("npm ci", cwd="/app")
    (effect,) = effects(script, {"NODE_ENV": "production"})
    assert isinstance(effect, InstallsLibraries) and not effect.dev


def test_a_variable_the_script_assigns_is_not_taken_from_outside() -> None:
    script = read_command_line("export NODE_ENV=$X; npm ci", cwd="/app")
    assert isinstance(effects(script, {"NODE_ENV": "production"})[1], InstallsLibraries)
    assert effects(script, {"NODE_ENV": "production"})[1].dev  # type: ignore[union-attr]


def test_packages_have_spans() -> None:
    text = "apt-get install -y gcc g++=4"
    (effect,) = effects(read_command_line(text))
    assert isinstance(effect, InstallsPackages)
    assert [text[package.span.start : package.span.end] for package in effect.packages] == ["gcc", "g++=4"]


@pytest.mark.parametrize(
    ("name", "same"),
    [("pip3.11", "pip"), ("python3", "python"), ("gcc-12", "gcc"), ("clang++-15", "clang++")],
)
def test_a_version_in_a_name_is_seen_through(name: str, same: str) -> None:
    assert reader_of(name) is VOCABULARY[same]


def test_an_unknown_program_has_no_reader() -> None:
    assert reader_of("no-such-program") is None


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_every_reader_stands_any_arguments(name: str) -> None:
    """No reader raises, and none says nothing at all, whatever it is given."""
    for arguments in (
        "",
        "x",
        "install",
        "-x $Y",
        "--a=$B c d",
        "$X",
        "-",
        "-- a",
        "run x",
        "-o",
        "install $X -t",
        "config set",
    ):
        assert effects(read_command_line(f"{name} {arguments}", cwd="/app")), arguments
        assert effects(read_command_line(f"{name} {arguments}", cwd="")), arguments
