"""NFS-e made up here, in both layouts: names that nobody has."""

NATIONAL_NAMESPACE = "http://www.sped.fazenda.gov.br/nfse"
ABRASF_NAMESPACE = "http://www.abrasf.org.br/nfse.xsd"
KEY_50 = "35503082211222333000181000000000012326110000000017"

REFORM = """<IBSCBS><cLocalidadeIncid>3550308</cLocalidadeIncid><xLocalidadeIncid>São Paulo</xLocalidadeIncid><valores>
<vBC>950.00</vBC><uf><pIBSUF>0.10</pIBSUF><pAliqEfetUF>0.10</pAliqEfetUF></uf><mun><pIBSMun>0.00</pIBSMun>
<pAliqEfetMun>0.00</pAliqEfetMun></mun><fed><pCBS>0.90</pCBS><pAliqEfetCBS>0.90</pAliqEfetCBS></fed></valores><totCIBS>
<vTotNF>1000.00</vTotNF><gIBS><vIBSTot>0.95</vIBSTot><gIBSUFTot><vIBSUF>0.95</vIBSUF></gIBSUFTot><gIBSMunTot>
<vIBSMun>0.00</vIBSMun></gIBSMunTot></gIBS><gCBS><vCBS>8.55</vCBS></gCBS></totCIBS></IBSCBS>"""

NATIONAL = """<NFSe versao="1.01" xmlns="{ns}"><infNFSe Id="NFS{key}"><xLocEmi>São Paulo</xLocEmi>
<xLocPrestacao>Campinas</xLocPrestacao><nNFSe>{number}</nNFSe><cLocIncid>3509502</cLocIncid><xLocIncid>Campinas</xLocIncid>
<xTribNac>Desenvolvimento de sistemas</xTribNac><verAplic>v1</verAplic><ambGer>2</ambGer><tpEmis>1</tpEmis>
<procEmi>1</procEmi><cStat>100</cStat><dhProc>{issued}</dhProc><nDFSe>77</nDFSe>
<emit>{emitter}<IM>152</IM><xNome>Consultoria de Mentira</xNome><enderNac><xLgr>Rua Inventada</xLgr><nro>1</nro>
<xBairro>Centro</xBairro><cMun>3550308</cMun><UF>SP</UF><CEP>01000000</CEP></enderNac></emit>
<valores><vBC>1000.00</vBC><pAliqAplic>{rate}</pAliqAplic><vISSQN>50.00</vISSQN><vTotalRet>111.50</vTotalRet>
<vLiq>888.50</vLiq></valores>{reform}<DPS versao="1.01"><infDPS Id="DPS1"><tpAmb>2</tpAmb>
<dhEmi>2026-11-02T21:00:00-03:00</dhEmi><verAplic>app</verAplic><serie>00007</serie><nDPS>9</nDPS>
<dCompet>2026-11-01</dCompet><tpEmit>{issuer}</tpEmit><cLocEmi>3550308</cLocEmi>{substitution}
<prest><CNPJ>11222333000181</CNPJ><regTrib><opSimpNac>1</opSimpNac><regEspTrib>0</regEspTrib></regTrib></prest>
<toma><CPF>52998224725</CPF><xNome>Cliente Imaginário</xNome><end><endNac><cMun>3509502</cMun><CEP>13000000</CEP>
</endNac><xLgr>Av. Ausente</xLgr><nro>2</nro><xBairro>Bairro</xBairro></end><email>ninguem@example.com</email></toma>
<serv><locPrest><cLocPrestacao>3509502</cLocPrestacao></locPrest><cServ><cTribNac>010101</cTribNac>
<xDescServ>Sistema sob encomenda</xDescServ><cNBS>115022000</cNBS></cServ></serv><valores><vServPrest>
<vServ>1000.00</vServ></vServPrest><trib><tribMun><tribISSQN>1</tribISSQN><tpRetISSQN>2</tpRetISSQN></tribMun>
<tribFed><piscofins><CST>01</CST><vBCPisCofins>1000.00</vBCPisCofins><pAliqPis>0.65</pAliqPis>
<pAliqCofins>3.00</pAliqCofins><vPis>6.50</vPis><vCofins>30.00</vCofins><tpRetPisCofins>{withheld}</tpRetPisCofins>
</piscofins><vRetIRRF>15.00</vRetIRRF><vRetCSLL>10.00</vRetCSLL></tribFed><totTrib><indTotTrib>0</indTotTrib></totTrib>
</trib></valores></infDPS></DPS></infNFSe></NFSe>"""

SERVICE = """<Servico><Valores><ValorServicos>{value}</ValorServicos><ValorDeducoes>0.00</ValorDeducoes>
<ValorPis>6.50</ValorPis><ValorCofins>30.00</ValorCofins><ValorInss>110.00</ValorInss><ValorIr>15.00</ValorIr>
<ValorCsll>10.00</ValorCsll><ValorIss>50.00</ValorIss><Aliquota>5.0000</Aliquota></Valores><IssRetido>{retained}</IssRetido>
<ItemListaServico>{code}</ItemListaServico><CodigoCnae>6201501</CodigoCnae><Discriminacao>{text}</Discriminacao>
<CodigoMunicipio>3509502</CodigoMunicipio><ExigibilidadeISS>1</ExigibilidadeISS>
<MunicipioIncidencia>3550308</MunicipioIncidencia></Servico>"""

ABRASF = """<CompNfse xmlns="{ns}"><Nfse versao="2.04"><InfNfse Id="n1"><Numero>{number}</Numero>
<CodigoVerificacao>AB12-CD34</CodigoVerificacao><DataEmissao>{issued}</DataEmissao>{substituted}<ValoresNfse>
<BaseCalculo>1000.00</BaseCalculo><Aliquota>5.00</Aliquota><ValorIss>50.00</ValorIss>
<ValorLiquidoNfse>828.50</ValorLiquidoNfse></ValoresNfse>
<PrestadorServico><RazaoSocial>Serviços de Mentira</RazaoSocial><Endereco>
<Endereco>Rua Inventada</Endereco><Numero>1</Numero><Bairro>Centro</Bairro><CodigoMunicipio>3550308</CodigoMunicipio>
<Uf>SP</Uf><Cep>01000000</Cep></Endereco><Contato><Telefone>1100000000</Telefone></Contato></PrestadorServico>
{city}<DeclaracaoPrestacaoServico><InfDeclaracaoPrestacaoServico><Rps><IdentificacaoRps><Numero>55</Numero>
<Serie>A</Serie><Tipo>1</Tipo></IdentificacaoRps><DataEmissao>2026-11-02</DataEmissao><Status>1</Status></Rps>
<Competencia>{competence}</Competencia>{services}<Prestador>{provider}<InscricaoMunicipal>152</InscricaoMunicipal></Prestador>
<TomadorServico><IdentificacaoTomador><CpfCnpj><Cpf>52998224725</Cpf></CpfCnpj></IdentificacaoTomador>
<RazaoSocial>Cliente Imaginário</RazaoSocial><Contato><Email>ninguem@example.com</Email></Contato></TomadorServico>
<OptanteSimplesNacional>2</OptanteSimplesNacional><IncentivoFiscal>2</IncentivoFiscal></InfDeclaracaoPrestacaoServico>
</DeclaracaoPrestacaoServico></InfNfse></Nfse>{after}</CompNfse>"""

CANCELLATION = """<NfseCancelamento versao="2.04"><Confirmacao><Pedido><InfPedidoCancelamento><IdentificacaoNfse>
<Numero>{number}</Numero><CpfCnpj><Cnpj>11222333000181</Cnpj></CpfCnpj><InscricaoMunicipal>152</InscricaoMunicipal>
<CodigoMunicipio>3550308</CodigoMunicipio></IdentificacaoNfse><CodigoCancelamento>2</CodigoCancelamento>
</InfPedidoCancelamento></Pedido><DataHora>2026-11-05T10:00:00</DataHora></Confirmacao></NfseCancelamento>"""

SUBSTITUTION = """<NfseSubstituicao versao="2.04"><SubstituicaoNfse><NfseSubstituidora>124</NfseSubstituidora>
</SubstituicaoNfse></NfseSubstituicao>"""


def national(number: str = "123", **parts: str) -> str:
    """``NFSe``; ``parts`` replace pieces: ``issued, emitter, rate, reform, issuer, substitution, withheld``."""
    return NATIONAL.format(
        ns=NATIONAL_NAMESPACE,
        key=KEY_50,
        number=number,
        issued=parts.get("issued", "2026-11-02T22:30:00-03:00"),
        emitter=parts.get("emitter", "<CNPJ>11222333000181</CNPJ>"),
        rate=parts.get("rate", "5.00"),
        reform=parts.get("reform", ""),
        issuer=parts.get("issuer", "1"),
        substitution=parts.get("substitution", ""),
        withheld=parts.get("withheld", "3"),
    )


def service(value: str = "1000.00", code: str = "01.01", text: str = "Sistema", retained: str = "2") -> str:
    return SERVICE.format(value=value, code=code, text=text, retained=retained)


def abrasf(number: str = "123", **parts: str) -> str:
    """``CompNfse``; ``parts`` replace pieces: ``ns, issued, competence, services, provider, city, after``."""
    city = "<OrgaoGerador><CodigoMunicipio>3550308</CodigoMunicipio><Uf>SP</Uf></OrgaoGerador>"
    return ABRASF.format(
        ns=parts.get("ns", ABRASF_NAMESPACE),
        number=number,
        issued=parts.get("issued", "2026-11-02T22:30:00"),
        substituted=parts.get("substituted", ""),
        city=parts.get("city", city),
        competence=parts.get("competence", "2026-11-01"),
        services=parts.get("services", service()),
        provider=parts.get("provider", "<CpfCnpj><Cnpj>11222333000181</Cnpj></CpfCnpj>"),
        after=parts.get("after", ""),
    )
