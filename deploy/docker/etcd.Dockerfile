# etcd for the compose file. Releases before 3.5.6 can lose data when they are killed, so the build refuses them.
FROM debian:trixie-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends etcd-server etcd-client \
    && rm -rf /var/lib/apt/lists/* \
    && found="$(etcd --version | sed -n 's/^etcd Version: //p')" \
    && printf '3.5.6\n%s\n' "$found" | sort --version-sort --check=silent \
    && install --directory --owner=10002 --group=10002 --mode=0700 /var/lib/etcd/lcm
USER 10002:10002
VOLUME /var/lib/etcd/lcm
EXPOSE 2379 2380
ENTRYPOINT ["etcd"]
