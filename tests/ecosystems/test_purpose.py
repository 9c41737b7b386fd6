"""What must not be converted: images whose own tools are the application. Each row is the head of such a file, with words of the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.errors import RefusedError
from minify.image.purposes import untouched
from minify.image.reference import ImageReference
from minify.plan import Rung

CONTEXT = {
    "requirements.txt": "flask\n",
    "app.py": "import flask\nflask.Flask('x').run()\n",
    "package.json": '{"name": "x", "scripts": {"start": "node index.js", "test": "jest"}}\n',
    "package-lock.json": "{}\n",
    "index.js": "",
    "main.go": "package main\n\nfunc main() {}\n",
    "go.mod": "module example.org/x\n\ngo 1.26\n",
}
# fmt: off
ROWS: list[tuple[str, ...]] = [
    ('servercore', 'refused', 'Windows image', 'FROM mcr.microsoft.com/windows/servercore:ltsc2022', 'RUN powershell -Command Add-WindowsFeature Web-Server', 'CMD ["powershell"]'),
    ('nanoserver', 'refused', 'Windows image', 'FROM mcr.microsoft.com/windows/nanoserver:ltsc2022', 'COPY app.exe .', 'CMD ["app.exe"]'),
    ('framework', 'refused', 'Windows image', 'FROM mcr.microsoft.com/dotnet/framework/aspnet:4.8', 'WORKDIR /inetpub/wwwroot', 'COPY . .'),
    ('platform', 'refused', 'Windows image', 'FROM --platform=windows/amd64 golang:1.26', 'CMD ["go"]'),
    ('sdk-nano', 'refused', 'Windows image', 'FROM mcr.microsoft.com/dotnet/sdk:8.0-nanoserver-ltsc2022', 'CMD ["dotnet"]'),
    ('two', 'refused', 'Windows image', 'FROM mcr.microsoft.com/windows/servercore:ltsc2019 AS x', 'RUN echo 1', 'FROM mcr.microsoft.com/windows/nanoserver:1809', 'COPY --from=x C:/x C:/x', 'CMD ["x"]'),
    ('escape', 'refused', 'Windows image', '# escape=`', 'FROM golang:1.26-windowsservercore-ltsc2022', 'WORKDIR C:\\\\src', 'CMD ["go"]'),
    ('python-win', 'refused', 'Windows image', 'FROM python:3.12-windowsservercore-ltsc2022', 'CMD ["python", "app.py"]'),
    ('pwsh-shell', 'refused', 'Windows image', 'FROM mcr.microsoft.com/dotnet/runtime:8.0-windowsservercore-ltsc2022', 'SHELL ["powershell"]', 'CMD ["dotnet", "x.dll"]'),
    ('s2i', 'slim', 'io.openshift.s2i.scripts-url marks it as an image in which others are built', 'FROM python:3.12', 'LABEL io.openshift.s2i.scripts-url="image:///s2i"', 'COPY . /s2i/', 'CMD ["python", "/s2i/app.py"]'),
    ('buildpacks', 'slim', 'CNB_STACK_ID marks it as an image in which others are built', 'FROM debian:12', 'ENV CNB_STACK_ID=org.example.stack', 'COPY app.py /', 'CMD ["/app.py"]'),
    ('postgres', 'slim', 'database or broker', 'FROM postgres:16', 'COPY init.sql /docker-entrypoint-initdb.d/'),
    ('postgres-alpine', 'slim', 'database or broker', 'FROM postgres:16-alpine', 'ENV POSTGRES_DB=app', 'COPY *.sql /docker-entrypoint-initdb.d/', 'EXPOSE 5432', 'CMD ["postgres"]'),
    ('mysql', 'slim', 'database or broker', 'FROM mysql:8.4', 'COPY my.cnf /etc/mysql/conf.d/', 'CMD ["mysqld"]'),
    ('mariadb', 'slim', 'database or broker', 'FROM mariadb:11', 'ADD dump.sql /docker-entrypoint-initdb.d/'),
    ('mongo', 'slim', 'database or broker', 'FROM mongo:7', 'COPY init.js /docker-entrypoint-initdb.d/', 'CMD ["mongod", "--replSet", "rs0"]'),
    ('redis', 'slim', 'database or broker', 'FROM redis:7', 'COPY redis.conf /etc/redis.conf', 'CMD ["redis-server", "/etc/redis.conf"]'),
    ('rabbit', 'slim', 'database or broker', 'FROM rabbitmq:3-management', 'RUN rabbitmq-plugins enable --offline rabbitmq_mqtt'),
    ('elastic', 'slim', 'database or broker', 'FROM docker.elastic.co/elasticsearch/elasticsearch:8.13.0', 'RUN bin/elasticsearch-plugin install analysis-icu'),
    ('elastic-hub', 'slim', 'database or broker', 'FROM elasticsearch:8.13.0', 'COPY elasticsearch.yml config/'),
    ('cassandra', 'slim', 'database or broker', 'FROM cassandra:4', 'COPY cassandra.yaml /etc/cassandra/'),
    ('neo4j', 'slim', 'database or broker', 'FROM neo4j:5', 'ENV NEO4J_AUTH=none'),
    ('influx', 'slim', 'database or broker', 'FROM influxdb:2.7', 'COPY config.toml /etc/influxdb2/'),
    ('clickhouse', 'slim', 'database or broker', 'FROM clickhouse/clickhouse-server:24', 'COPY users.xml /etc/clickhouse-server/users.d/'),
    ('bitnami-pg', 'slim', 'Bitnami', 'FROM bitnami/postgresql:16', 'USER root', 'RUN install_packages vim', 'USER 1001'),
    ('bitnami-kafka', 'slim', 'Bitnami', 'FROM bitnami/kafka:3.7', 'COPY server.properties /opt/bitnami/kafka/config/'),
    ('cp-kafka', 'slim', 'database or broker', 'FROM confluentinc/cp-kafka-connect:7.6.0', 'RUN confluent-hub install --no-prompt x/y:1'),
    ('zookeeper', 'slim', 'database or broker', 'FROM zookeeper:3.9', 'COPY zoo.cfg /conf/'),
    ('mosquitto', 'slim', 'database or broker', 'FROM eclipse-mosquitto:2', 'COPY mosquitto.conf /mosquitto/config/', 'CMD ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]'),
    ('couchdb', 'slim', 'database or broker', 'FROM couchdb:3', 'COPY local.ini /opt/couchdb/etc/'),
    ('postgis', 'slim', 'database or broker', 'FROM postgis/postgis:16-3.4', 'RUN apt-get update && apt-get install -y postgresql-16-pgrouting'),
    ('memcached', 'slim', 'database or broker', 'FROM memcached:1.6', 'CMD ["memcached", "-m", "64"]'),
    ('solr', 'slim', 'database or broker', 'FROM solr:9', 'COPY core /var/solr/data/core', 'CMD ["solr-foreground"]'),
    ('debian-pg', 'slim', 'keeps data', 'FROM debian:12', 'RUN apt-get update && apt-get install -y postgresql', 'USER postgres', 'VOLUME /var/lib/postgresql', 'CMD ["/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main"]'),
    ('ubuntu-redis', 'slim', 'keeps data', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y redis-server', 'EXPOSE 6379', 'ENTRYPOINT ["/usr/bin/redis-server"]'),
    ('debian-mongo', 'slim', 'keeps data', 'FROM debian:12', 'RUN apt-get update && apt-get install -y mongodb-org', 'CMD ["mongod"]'),
    ('alpine-mosq', 'slim', 'keeps data', 'FROM alpine:3.20', 'RUN apk add --no-cache mosquitto', 'CMD ["/usr/sbin/mosquitto"]'),
    ('ubuntu-mysql', 'slim', 'keeps data', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y mysql-server', 'CMD ["mysqld_safe"]'),
    ('debian-mariadb', 'slim', 'keeps data', 'FROM debian:12', 'RUN apt-get update && apt-get install -y mariadb-server', 'CMD ["mariadbd-safe"]'),
    ('ubuntu-rabbit', 'slim', 'keeps data', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y rabbitmq-server', 'CMD ["rabbitmq-server"]'),
    ('pg-multi', 'slim', 'database or broker', 'FROM postgres:16 AS build', 'RUN apt-get update && apt-get install -y build-essential postgresql-server-dev-16', 'COPY ext /ext', 'RUN make -C /ext install', 'FROM postgres:16', 'COPY --from=build /usr/lib/postgresql/16/lib/x.so /usr/lib/postgresql/16/lib/'),
    ('cuda-devel', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04', 'RUN apt-get update && apt-get install -y python3 python3-pip', 'RUN pip3 install torch', 'COPY app.py .', 'CMD ["python3", "app.py"]'),
    ('cuda-cudnn', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04', 'RUN apt-get update && apt-get install -y python3-pip', 'COPY . .', 'RUN pip3 install -r requirements.txt', 'CMD ["python3", "app.py"]'),
    ('cuda-nvcc', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04', 'COPY kernel.cu .', 'RUN nvcc -o kernel kernel.cu', 'CMD ["./kernel"]'),
    ('cuda-runtime', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04', 'RUN apt-get update && apt-get install -y python3', 'COPY app.py .', 'CMD ["python3", "app.py"]'),
    ('pytorch', 'slim', 'nothing is known of the base image', 'FROM pytorch/pytorch:2.3.0-cuda12.1-cudnn8-devel', 'COPY . .', 'RUN pip install -r requirements.txt', 'CMD ["python", "app.py"]'),
    ('tf-gpu', 'slim', 'nothing is known of the base image', 'FROM tensorflow/tensorflow:2.16.1-gpu', 'COPY app.py .', 'CMD ["python", "app.py"]'),
    ('jupyter', 'slim', 'people work in', 'FROM jupyter/scipy-notebook:latest', 'RUN pip install seaborn'),
    ('quay-jupyter', 'slim', 'people work in', 'FROM quay.io/jupyter/minimal-notebook:2024-05-01', 'USER root', 'RUN apt-get update && apt-get install -y graphviz', 'USER ${NB_UID}'),
    ('py-lab', 'slim', 'place to work in', 'FROM python:3.12', 'RUN pip install jupyterlab', 'EXPOSE 8888', 'CMD ["jupyter", "lab", "--ip=0.0.0.0", "--allow-root"]'),
    ('py-notebook-shell', 'slim', 'place to work in', 'FROM python:3.12-slim', 'RUN pip install notebook pandas', 'CMD jupyter notebook --ip 0.0.0.0 --no-browser'),
    ('rstudio', 'slim', 'people work in', 'FROM rocker/rstudio:4.4', 'RUN install2.r dplyr'),
    ('conda', 'slim', 'place to work in', 'FROM continuumio/miniconda3', 'RUN conda install -y jupyter', 'CMD ["jupyter", "notebook"]'),
    ('devcontainer', 'slim', 'people work in', 'FROM mcr.microsoft.com/devcontainers/python:3.12', 'RUN pip install black'),
    ('vscode', 'slim', 'people work in', 'FROM mcr.microsoft.com/vscode/devcontainers/base:ubuntu-22.04', 'RUN apt-get update && apt-get install -y jq'),
    ('gitpod', 'slim', 'people work in', 'FROM gitpod/workspace-full', 'RUN brew install jq'),
    ('sleep', 'slim', 'people work in', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y git vim', 'CMD ["sleep", "infinity"]'),
    ('tail', 'slim', 'people work in', 'FROM node:22', 'WORKDIR /w', 'CMD ["tail", "-f", "/dev/null"]'),
    ('code-server', 'slim', 'people work in', 'FROM codercom/code-server:4', 'RUN sudo apt-get update'),
    ('sshd', 'slim', 'place to work in', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y openssh-server && mkdir /run/sshd', 'EXPOSE 22', 'CMD ["/usr/sbin/sshd", "-D"]'),
    ('bash', 'slim', 'waits for a person', 'FROM python:3.12', 'RUN pip install ipython', 'CMD ["bash"]'),
    ('ipython', 'slim', 'waits for a person', 'FROM python:3.12', 'RUN pip install ipython', 'CMD ["ipython"]'),
    ('irb', 'slim', 'waits for a person', 'FROM ruby:3.3', 'RUN gem install pry', 'CMD ["pry"]'),
    ('centos-systemd', 'slim', 'systemd', 'FROM centos/systemd', 'RUN yum -y install httpd && systemctl enable httpd', 'CMD ["/usr/sbin/init"]'),
    ('ubuntu-systemd', 'slim', 'systemd', 'FROM ubuntu:22.04', 'RUN apt-get update && apt-get install -y systemd', 'VOLUME /sys/fs/cgroup', 'CMD ["/lib/systemd/systemd"]'),
    ('fedora-init', 'slim', 'a whole system', 'FROM fedora:40', 'RUN dnf -y install systemd openssh-server', 'STOPSIGNAL SIGRTMIN+3', 'CMD ["/sbin/init"]'),
    ('ubi-init', 'slim', 'systemd', 'FROM registry.access.redhat.com/ubi9-init', 'RUN dnf -y install httpd && systemctl enable httpd'),
    ('molecule', 'slim', 'systemd', 'FROM geerlingguy/docker-ubuntu2204-ansible', 'RUN apt-get update'),
    ('maven', 'slim', 'builds or installs', 'FROM maven:3.9-eclipse-temurin-21', 'WORKDIR /w', 'ENTRYPOINT ["mvn"]'),
    ('gradle', 'slim', 'builds or installs', 'FROM gradle:8-jdk21', 'COPY . .', 'CMD ["gradle", "build"]'),
    ('gradle-run', 'slim', 'builds or installs', 'FROM gradle:8-jdk21', 'COPY . .', 'CMD ["gradle", "bootRun"]'),
    ('mvnw', 'slim', 'builds or installs', 'FROM eclipse-temurin:21-jdk', 'COPY . .', 'CMD ["./mvnw", "spring-boot:run"]'),
    ('node-ci', 'slim', 'base for other images', 'FROM node:22', 'RUN npm install -g eslint @angular/cli', 'WORKDIR /w'),
    ('node-npx', 'slim', 'installs', 'FROM node:22-slim', 'WORKDIR /w', 'ENTRYPOINT ["npx"]'),
    ('npm-entry', 'slim', 'installs', 'FROM node:22', 'WORKDIR /w', 'ENTRYPOINT ["npm", "run"]'),
    ('npm-test', 'slim', 'builds or installs', 'FROM node:22', 'COPY . .', 'RUN npm ci', 'CMD ["npm", "test"]'),
    ('dind', 'slim', 'is a build tool', 'FROM docker:27-dind', 'RUN apk add --no-cache git'),
    ('docker-cli', 'slim', 'is a build tool', 'FROM docker:27', 'RUN apk add --no-cache make bash', 'CMD ["sh"]'),
    ('terraform', 'slim', 'is a build tool', 'FROM hashicorp/terraform:1.9', 'RUN apk add --no-cache aws-cli'),
    ('terraform-alpine', 'slim', 'calls other programs', 'FROM alpine:3.20', 'RUN apk add --no-cache git opentofu', 'ENTRYPOINT ["tofu"]'),
    ('debian-terraform', 'slim', 'calls other programs', 'FROM debian:12', 'RUN apt-get update && apt-get install -y curl unzip && curl -sLo t.zip https://releases.hashicorp.com/terraform/1.9.0/terraform_1.9.0_linux_amd64.zip && unzip t.zip -d /usr/local/bin', 'ENTRYPOINT ["terraform"]'),
    ('kaniko', 'slim', 'is a build tool', 'FROM gcr.io/kaniko-project/executor:v1.23.0-debug', 'COPY config.json /kaniko/.docker/'),
    ('jenkins-agent', 'slim', 'is a build tool', 'FROM jenkins/inbound-agent:latest', 'USER root', 'RUN apt-get update && apt-get install -y docker.io', 'USER jenkins'),
    ('jenkins', 'slim', 'is a build tool', 'FROM jenkins/jenkins:lts', 'COPY plugins.txt /usr/share/jenkins/ref/', 'RUN jenkins-plugin-cli -f /usr/share/jenkins/ref/plugins.txt'),
    ('gitlab-runner', 'slim', 'is a build tool', 'FROM gitlab/gitlab-runner:latest', 'RUN apt-get update && apt-get install -y make'),
    ('renovate', 'slim', 'is a build tool', 'FROM renovate/renovate:37', 'USER root', 'RUN npm i -g pnpm', 'USER 1000'),
    ('actions-runner', 'slim', 'is a build tool', 'FROM ghcr.io/actions/actions-runner:latest', 'RUN sudo apt-get update'),
    ('ansible', 'slim', 'calls other programs', 'FROM python:3.12-slim', 'RUN apt-get update && apt-get install -y openssh-client && pip install ansible', 'ENTRYPOINT ["ansible-playbook"]'),
    ('precommit', 'slim', 'calls other programs', 'FROM python:3.12', 'RUN pip install pre-commit', 'ENTRYPOINT ["pre-commit"]'),
    ('tox', 'slim', 'runs tests', 'FROM python:3.12', 'RUN pip install tox', 'COPY . .', 'CMD ["tox"]'),
    ('pytest', 'slim', 'runs tests', 'FROM python:3.12', 'COPY . .', 'RUN pip install pytest', 'CMD ["pytest"]'),
    ('poetry-entry', 'slim', 'installs', 'FROM python:3.12', 'RUN pip install poetry', 'ENTRYPOINT ["poetry"]'),
    ('pip-entry', 'slim', 'installs', 'FROM python:3.12', 'ENTRYPOINT ["pip"]'),
    ('composer', 'slim', 'is a build tool', 'FROM composer:2', 'RUN composer global require phpunit/phpunit', 'ENTRYPOINT ["composer"]'),
    ('cargo-run', 'slim', 'builds or installs', 'FROM rust:1.80', 'COPY . .', 'CMD ["cargo", "run"]'),
    ('go-run', 'slim', 'builds or installs', 'FROM golang:1.26', 'COPY . .', 'CMD ["go", "run", "."]'),
    ('go-air', 'slim', 'builds anew', 'FROM golang:1.26', 'RUN go install github.com/air-verse/air@latest', 'COPY . .', 'CMD ["air"]'),
    ('go-reflex', 'slim', 'builds anew', 'FROM golang:1.26', 'RUN go install github.com/cespare/reflex@latest', 'COPY . .', 'CMD ["reflex", "-c", "reflex.conf"]'),
    ('py-reflex', 'slim', 'builds anew', 'FROM python:3.12', 'RUN pip install reflex', 'COPY . .', 'CMD ["reflex", "run"]'),
    ('karma', 'slim', 'runs tests', 'FROM node:22', 'COPY . .', 'RUN npm ci', 'CMD ["npx", "karma", "start"]'),
    ('live-build', 'slim', 'builds or installs', 'FROM debian:12', 'RUN apt-get update && apt-get install -y live-build', 'CMD ["lb", "build"]'),
    ('robot', 'slim', 'runs tests', 'FROM python:3.12', 'RUN pip install -r requirements.txt', 'COPY . .', 'CMD ["robot", "tests"]'),
    ('go-test', 'slim', 'builds or installs', 'FROM golang:1.26', 'COPY . .', 'ENTRYPOINT ["go", "test", "./..."]'),
    ('dotnet-watch', 'slim', 'builds or installs', 'FROM mcr.microsoft.com/dotnet/sdk:8.0', 'COPY . .', 'ENTRYPOINT ["dotnet", "watch", "run"]'),
    ('dotnet-run', 'slim', 'builds or installs', 'FROM mcr.microsoft.com/dotnet/sdk:8.0', 'COPY . .', 'CMD ["dotnet", "run"]'),
    ('sbt', 'slim', 'nothing is known of the base image', 'FROM sbtscala/scala-sbt:eclipse-temurin-21.0.2_13_1.10.0_3.4.2', 'COPY . .', 'CMD ["sbt", "run"]'),
    ('make', 'slim', 'builds or installs', 'FROM debian:12', 'RUN apt-get update && apt-get install -y make gcc', 'COPY Makefile .', 'CMD ["make", "run"]'),
    ('kubectl', 'slim', 'Bitnami', 'FROM bitnami/kubectl:1.30', 'COPY run.sh /', 'ENTRYPOINT ["/run.sh"]'),
    ('helm', 'slim', 'is a build tool', 'FROM alpine/helm:3.15', 'RUN helm plugin install https://x'),
    ('gcloud', 'slim', 'is a build tool', 'FROM google/cloud-sdk:slim', 'RUN gcloud components install kubectl'),
    ('awscli', 'slim', 'is a build tool', 'FROM amazon/aws-cli:2.17', 'RUN yum install -y jq', 'ENTRYPOINT []'),
    ('bazel', 'slim', 'is a build tool', 'FROM gcr.io/bazel-public/bazel:7.0.0', 'WORKDIR /w'),
    ('buildah', 'slim', 'calls other programs', 'FROM quay.io/buildah/stable', 'COPY build.sh .', 'CMD ["buildah", "bud", "."]'),
    ('apt-entry', 'slim', 'builds or installs', 'FROM debian:12', 'ENTRYPOINT ["apt-get"]'),
    ('apk-script', 'slim', 'builds or installs', 'FROM alpine:3.20', 'CMD ["sh", "-c", "apk add curl && curl x"]'),
    ('nodemon', 'slim', 'builds anew', 'FROM node:22', 'COPY . .', 'RUN npm ci', 'CMD ["npx", "nodemon", "index.js"]'),
    ('vite', 'slim', 'builds anew', 'FROM node:22', 'COPY . .', 'RUN npm ci', 'CMD ["npx", "vite", "--host"]'),
    ('yarn-start-install', 'slim', 'installs', 'FROM node:22', 'COPY . .', 'CMD yarn && yarn start'),
    ('cuda-entry', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04', 'RUN apt-get update && apt-get install -y python3', 'COPY app.py .', 'ENTRYPOINT ["python3", "app.py"]'),
    ('cuda-multi', 'slim', 'CUDA images have a ladder', 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04 AS build', 'COPY k.cu .', 'RUN nvcc -o /k k.cu', 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04', 'COPY --from=build /k /k', 'ENTRYPOINT ["/k"]'),
    ('pg-entry', 'slim', 'database or broker', 'FROM postgres:16', 'ENTRYPOINT ["/usr/lib/postgresql/16/bin/postgres"]'),
    ('redis-entry', 'slim', 'database or broker', 'FROM redis:7-alpine', 'ENTRYPOINT ["redis-sentinel", "/etc/s.conf"]'),
    ('py-m-pytest', 'slim', 'runs tests', 'FROM python:3.12', 'COPY . .', 'RUN pip install pytest', 'CMD ["python", "-m", "pytest"]'),
    ('onbuild', 'slim', 'ONBUILD', 'FROM node:22', 'ONBUILD COPY . .', 'ONBUILD RUN npm ci', 'CMD ["npm", "start"]'),
    ('base-debian', 'slim', 'base for other images', 'FROM debian:12', 'RUN apt-get update && apt-get install -y curl ca-certificates', 'ENV LANG=C.UTF-8'),
    ('base-python', 'slim', 'base for other images', 'FROM python:3.12', 'RUN pip install flask gunicorn', 'WORKDIR /app'),
    ('base-jdk', 'slim', 'base for other images', 'FROM eclipse-temurin:21-jdk', 'RUN apt-get update && apt-get install -y fontconfig'),
    ('base-alpine', 'slim', 'waits for a person', 'FROM alpine:3.20', 'RUN apk add --no-cache bash curl', 'ENTRYPOINT ["/bin/bash"]'),
    ('buildpack', 'slim', 'nothing is known of the base image', 'FROM heroku/heroku:22-build', 'RUN apt-get update'),
    ('s2i', 'slim', 'is a build tool', 'FROM registry.access.redhat.com/ubi9/s2i-base', 'CMD ["/usr/libexec/s2i/usage"]'),
]
# fmt: on


def fixed(folder: Path, *lines: str) -> api.Outcome:
    (folder / ".git").mkdir()
    for name, text in {**CONTEXT, "Dockerfile": "\n".join(lines) + "\n"}.items():
        (folder / name).write_text(text)
    return api.fix(folder / "Dockerfile")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_it_keeps_its_shape_and_says_why(tmp_path: Path, row: tuple[str, ...]) -> None:
    _, rung, reason, *lines = row
    if rung == "refused":
        with pytest.raises(RefusedError, match=reason):
            fixed(tmp_path, *lines)
        return
    outcome = fixed(tmp_path, *lines)
    assert outcome.plan.rung.label == "slim"
    assert [refusal.reason for refusal in outcome.plan.refusals if reason in refusal.reason]
    stages = [line for line in outcome.patch.after.text.splitlines() if line.startswith("FROM ")]
    assert len(stages) == len([line for line in lines if line.startswith("FROM ")]), "no stage is added"


CONVERTED = [
    ("FROM python:3.12", "COPY . .", "RUN pip install flask", 'CMD ["python", "-m", "flask", "run"]'),
    ("FROM python:3.12", "COPY . .", "RUN pip install poetry flask", 'CMD ["poetry", "run", "flask", "run"]'),
    *(
        ("FROM golang:1.26", "WORKDIR /src", "COPY . .", f"RUN go build -o /usr/local/bin/{name} .", f'CMD ["{name}"]')
        for name in ("act", "air", "karma", "lb", "packer", "reflex", "robot")
    ),
    ("FROM node:22", "WORKDIR /w", "COPY . .", 'CMD ["npm", "start"]'),
    ("FROM nginx:1.29", "COPY index.js /usr/share/nginx/html/"),
]


@pytest.mark.parametrize("lines", CONVERTED, ids=[lines[-1] for lines in CONVERTED])
def test_an_application_that_is_started_the_same_way_is_converted(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert fixed(tmp_path, *lines).plan.rung.label in ("distroless", "scratch")


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        ("prom/mysqld-exporter", False),
        ("percona/mongodb_exporter:0.40", False),
        ("acme/mongodb-exporter", False),
        ("acme/clickhouse-exporter", False),
        ("acme/executor", False),
        ("acme/cp-api", False),
        ("mysql/mysql-server:8.0", True),
        ("quay.io/sclorg/mysql-80-c9s", True),
        ("mongodb/mongodb-community-server", True),
        ("clickhouse/clickhouse-server:24", True),
        ("confluentinc/cp-kafka:7.6.0", True),
        ("gcr.io/kaniko-project/executor:v1", True),
    ],
)
def test_a_name_that_only_begins_like_a_databases_is_none(image: str, kept: bool) -> None:
    assert (untouched(ImageReference.parse(image)) is not None) is kept


SHOWN = [
    ("devel-ubuntu22.04", "RUN pip3 install torch", "12.4.1-runtime-ubuntu22.04"),
    ("cudnn-devel-ubuntu22.04", "RUN pip3 install torch", "12.4.1-cudnn-runtime-ubuntu22.04"),
    ("runtime-ubuntu22.04", "RUN pip3 install torch", "12.4.1-base-ubuntu22.04"),
    ("cudnn-runtime-ubuntu22.04", "RUN pip3 install torch", None),
    ("base-ubuntu22.04", "RUN pip3 install torch", None),
    ("devel-ubuntu22.04", "RUN nvcc -o /k k.cu", None),
    ("devel-ubuntu22.04", "RUN gcc -o /k k.c", None),
]


@pytest.mark.parametrize(("tag", "run", "shown"), SHOWN)
def test_cuda_has_a_ladder_that_is_shown(tmp_path: Path, tag: str, run: str, shown: str | None) -> None:
    base = f"FROM nvidia/cuda:12.4.1-{tag}"
    outcome = fixed(
        tmp_path, base, "RUN apt-get update && apt-get install -y python3-pip", run, 'CMD ["python3", "app.py"]'
    )
    found = [skipped.fix.edits[0].content for skipped in outcome.skipped if skipped.fix.code == "slim-base"]
    assert found == ([f"nvidia/cuda:{shown}"] if shown else [])
    assert base in outcome.patch.after.text, "no GPU is here that could prove it: it is shown"


def test_what_is_built_on_an_image_with_onbuild_is_not_known(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, "FROM node:22", "ONBUILD COPY . .", "ONBUILD RUN npm ci", 'CMD ["npm", "start"]')
    assert "FROM node:22\n" in outcome.patch.after.text


@pytest.mark.parametrize("file", [".devcontainer/Dockerfile", "Dockerfile"])
def test_the_image_of_a_dev_container_keeps_its_shape(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text('FROM python:3.12\nRUN pip install flask\nCOPY app.py /\nCMD ["python", "/app.py"]\n')
    (path.parent / "app.py").write_text("import flask\n")
    (tmp_path / "devcontainer.json").write_text("{}\n")
    outcome = api.fix(path)
    assert outcome.plan.rung is Rung.SLIM
    assert all("dev container" in refusal.reason for refusal in outcome.plan.refusals if refusal.rung is Rung.PRUNED)
