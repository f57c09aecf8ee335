{{- /* The sources that read this cluster by the pod's own account, as {sources: {NAME: SOURCE}}. */ -}}
{{- define "incidentd.inCluster" -}}
{{- $found := dict -}}
{{- range $name, $source := .Values.config.sources -}}
{{- if and (kindIs "map" $source) (eq (toString $source.kind) "kubernetes") (not $source.kubeconfig) -}}
{{- $_ := set $found $name $source -}}
{{- end -}}
{{- end -}}
{{- dict "sources" $found | toYaml -}}
{{- end -}}

{{- /* API group by kind, as `read` names them. */ -}}
{{- define "incidentd.namespacedKinds" -}}
secrets: ""
configmaps: ""
services: ""
ingresses: networking.k8s.io
gateways: gateway.networking.k8s.io
httproutes: gateway.networking.k8s.io
certificates: cert-manager.io
{{- end -}}

{{- define "incidentd.clusterKinds" -}}
mutatingwebhookconfigurations: admissionregistration.k8s.io
validatingwebhookconfigurations: admissionregistration.k8s.io
apiservices: apiregistration.k8s.io
customresourcedefinitions: apiextensions.k8s.io
{{- end -}}

{{- /* {kinds, of, watch}: the rules for those of `kinds` that `of` has, one a kind. */ -}}
{{- define "incidentd.rules" -}}
{{- range .kinds }}
{{- if hasKey $.of . }}
- apiGroups: [{{ index $.of . | quote }}]
  resources: [{{ . | quote }}]
  verbs: {{ $.watch | ternary "[list, watch]" "[list]" }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* {root, name, namespace, rules}: a Role (without namespace: a ClusterRole) and its binding. */ -}}
{{- define "incidentd.granted" -}}
{{- $prefix := empty .namespace | ternary "Cluster" "" -}}
{{- $name := printf "%s-%s" (include "incidentd.fullname" .root) (replace "_" "-" .name) -}}
{{- if not .namespace -}}
{{- $name = printf "%s-%s" .root.Release.Namespace $name -}}
{{- end -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}Role
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "incidentd.labels" .root | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}RoleBinding
metadata:
  name: {{ $name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "incidentd.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $prefix }}Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "incidentd.serviceAccount" .root }}
    namespace: {{ .root.Release.Namespace }}
{{ end -}}

{{- /* {root, name, source}: what this source asks for and rbac does not allow. */ -}}
{{- define "incidentd.beyondRights" -}}
{{- $where := printf "config.sources.%s" .name -}}
{{- $rbac := .root.Values.rbac -}}
{{- if and (has "secrets" .read) (ne $rbac.secrets "listed") -}}
{{- fail (printf "%s reads all Secrets of its namespaces: allow it by rbac.secrets=listed, or name some under secrets.names" $where) -}}
{{- end -}}
{{- if and (.source.secrets).names (eq $rbac.secrets "none") -}}
{{- fail (printf "%s reads Secrets by name: allow it by rbac.secrets=named" $where) -}}
{{- end -}}
{{- if and .read (not .source.namespaces) (not $rbac.clusterWide) -}}
{{- fail (printf "%s names no namespaces, so it reads the whole cluster: list them, or allow it by rbac.clusterWide=true" $where) -}}
{{- end -}}
{{- range $kind, $_ := include "incidentd.clusterKinds" .root | fromYaml -}}
{{- if and (has $kind $.read) (not $rbac.clusterWide) -}}
{{- fail (printf "%s reads %s, which are in no namespace: allow it by rbac.clusterWide=true" $where $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
