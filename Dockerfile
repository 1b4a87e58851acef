# The worker. Debian, not Alpine: the Temporal SDK's native part needs glibc.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /sternway
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:20.20.2-bookworm-slim AS dependencies
WORKDIR /sternway
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:20.20.2-bookworm-slim
# The SDK's TLS reads the system's certificates, and the slim image has none. Probes are Python, here as on the hosts.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-minimal libpython3-stdlib \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /sternway
COPY --from=dependencies /sternway/node_modules ./node_modules
COPY --from=build /sternway/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY deploy/worker-health.cjs ./deploy/
COPY src/hosts/helper ./src/hosts/helper
RUN install -d -o node -g node /var/lib/sternway
ENV NODE_ENV=production HOME=/var/lib/sternway
USER node
ENTRYPOINT ["node", "/sternway/bin/sternway"]
CMD ["worker"]
