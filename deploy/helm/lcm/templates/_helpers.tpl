{{- define "lcm.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "lcm.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lcm.labels" -}}
{{ include "lcm.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "lcm.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{/* Name of the Secret of a service. Takes a dict of root, name and service. */}}
{{- define "lcm.secretName" -}}
{{- default (printf "%s-%s" (include "lcm.fullname" .root) .name) .service.existingSecret -}}
{{- end -}}

{{/* Settings and secrets of a service as the environment of a container. Takes a dict of root, name and service. */}}
{{- define "lcm.envFrom" -}}
- configMapRef: {name: {{ printf "%s-%s" (include "lcm.fullname" .root) .name }}}
- secretRef: {name: {{ include "lcm.secretName" . }}}
{{- end -}}

{{/* Files that a service reads. Take a dict of root, name and service; the same conditions as in configmap.yaml. */}}
{{- define "lcm.volumeMounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if .root.Values.etcd.tlsSecret }}
- {name: etcd-tls, mountPath: /etc/lcm/etcd, readOnly: true}
{{- end }}
{{- if and .service.usesCml .root.Values.cml.caConfigMap }}
- {name: cml-ca, mountPath: /etc/lcm/cml, readOnly: true}
{{- end }}
{{- if eq .name "lablet-controller" }}
- {name: lds-deployments, mountPath: /etc/lcm/lds, readOnly: true}
{{- end }}
{{- end -}}

{{- define "lcm.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- if .root.Values.etcd.tlsSecret }}
- name: etcd-tls
  secret: {secretName: {{ .root.Values.etcd.tlsSecret }}}
{{- end }}
{{- if and .service.usesCml .root.Values.cml.caConfigMap }}
- name: cml-ca
  configMap: {name: {{ .root.Values.cml.caConfigMap }}}
{{- end }}
{{- if eq .name "lablet-controller" }}
- name: lds-deployments
  configMap: {name: {{ include "lcm.fullname" .root }}-lds-deployments}
{{- end }}
{{- end -}}
