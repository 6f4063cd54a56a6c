# Daylight with its Node, the embedded ClickHouse engine and the console. glibc, because the engine needs it: no Alpine.

FROM node:24.19.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts
COPY . .
RUN npm run build:console

FROM node:24.19.0-bookworm-slim
ENV NODE_ENV=production \
    DAYLIGHT_DATA=/var/lib/daylight \
    DAYLIGHT_CERTS=/etc/daylight/certs \
    DAYLIGHT_RULES=/app/rules \
    DAYLIGHT_PROXY_LISTEN=0.0.0.0:8080 \
    DAYLIGHT_CONSOLE_LISTEN=0.0.0.0:8081
COPY --from=build /app /app
# What is written to: data, the CA, and policy. Volumes take over the owner from here; everything else may be read-only.
RUN install -d -o node -g node -m 0700 /var/lib/daylight /etc/daylight/certs && chown -R node:node /app/rules/local
WORKDIR /app
USER 1000:1000
EXPOSE 8080 8081
VOLUME ["/var/lib/daylight", "/etc/daylight/certs", "/app/rules/local"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "docker/healthcheck.ts"]
ENTRYPOINT ["bin/daylight"]
CMD ["start"]
