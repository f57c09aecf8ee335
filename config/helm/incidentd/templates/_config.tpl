{{- /* Where the token of the board comes from: config, secret, pod, or none. */ -}}
{{- define "incidentd.tokenFrom" -}}
{{- if (.Values.config.web).token_file -}}config
{{- else if .Values.web.token.existingSecret -}}secret
{{- else if .Values.web.token.generate -}}pod
{{- else -}}none
{{- end -}}
{{- end -}}

{{- define "incidentd.listen" -}}
{{- default "0.0.0.0:8580" (.Values.config.web).listen -}}
{{- end -}}

{{- define "incidentd.port" -}}
{{- include "incidentd.listen" . | splitList ":" | last -}}
{{- end -}}

{{- /* incidentd.yaml: what the values say, with the two settings that only the chart knows. */ -}}
{{- define "incidentd.config" -}}
{{- $web := dict "listen" (include "incidentd.listen" .) -}}
{{- if has (include "incidentd.tokenFrom" .) (list "secret" "pod") -}}
{{- $_ := set $web "token_file" "/run/incidentd/web/token" -}}
{{- end -}}
{{- mergeOverwrite (dict "web" $web) (deepCopy .Values.config) | toYaml -}}
{{- end -}}

{{- /* What no schema can say: values that contradict each other. */ -}}
{{- define "incidentd.contradictions" -}}
{{- $url := default "" (.Values.config.state).url -}}
{{- if and (eq .Values.state.kind "sqlite") (hasPrefix "postgresql" $url) -}}
{{- fail "config.state.url is PostgreSQL: set state.kind=postgresql too" -}}
{{- end -}}
{{- if and (eq .Values.state.kind "sqlite") (gt (int (include "incidentd.replicas" .)) 1) -}}
{{- fail "replicas: with state.kind=sqlite there is one; several need state.kind=postgresql" -}}
{{- end -}}
{{- if and (eq .Values.state.kind "postgresql") (not (hasPrefix "postgresql" $url)) (or $url (not .Values.existingSecret)) -}}
{{- fail "state.kind=postgresql needs config.state.url=postgresql://USER@HOST/DATABASE, or existingSecret with the key state__url" -}}
{{- end -}}
{{- if regexMatch "^(127[.]|localhost|\\[::1\\])" (include "incidentd.listen" .) -}}
{{- fail "config.web.listen: the kubelet asks from outside the pod, so it cannot be loopback" -}}
{{- end -}}
{{- if and (eq (include "incidentd.tokenFrom" .) "none") (not (.Values.config.web).trusted_proxies) -}}
{{- fail "web.token: without a token config.web.trusted_proxies has to name who may ask" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (eq (include "incidentd.tokenFrom" .) "pod") -}}
{{- fail "serviceMonitor: Prometheus needs a token that it can know: set web.token.existingSecret" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress: set ingress.host" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (eq (include "incidentd.tokenFrom" .) "pod") (gt (int (include "incidentd.replicas" .)) 1) -}}
{{- fail "ingress: each replica would ask for a token of its own, and whoever comes meets any of them: set web.token.existingSecret" -}}
{{- end -}}
{{- if regexMatch "^[^:]+://[^/@]*:[^/@]*@" $url -}}
{{- fail "config.state.url: a password does not belong in a ConfigMap; put the address into a Secret under the key state__url, and its name into existingSecret" -}}
{{- end -}}
{{- $inline := list "routing_key" "api_token" "earlier_routing_keys" "webhook_secrets" "token" "earlier_token" -}}
{{- range $section := list "trackers" "sources" -}}
{{- range $name, $one := index $.Values.config $section -}}
{{- range $key := $inline -}}
{{- if and (kindIs "map" $one) (index $one $key) -}}
{{- fail (printf "config.%s.%s.%s: a secret does not belong in a ConfigMap; put it into a Secret under the key %s__%s__%s, and its name into existingSecret" $section $name $key $section $name $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
