"""CT-e documents made up here: right keys and check digits, names that nobody has."""

from nfe_samples import access_key

NAMESPACE = "http://www.portalfiscal.inf.br/cte"
KEY = access_key(7, model="57")
CARRIED = access_key(8)
EARLIER = access_key(9, model="57")

ADDRESS = """<xLgr>Rua {name}</xLgr><nro>12</nro><xBairro>Bairro {name}</xBairro><cMun>{city}</cMun>
<xMun>Cidade {name}</xMun><CEP>13000000</CEP><UF>SP</UF>"""

ICMS = "<ICMS00><CST>00</CST><vBC>1000.00</vBC><pICMS>12.00</pICMS><vICMS>120.00</vICMS></ICMS00>"

IBS_CBS = """<IBSCBS><CST>000</CST><cClassTrib>000001</cClassTrib><gIBSCBS><vBC>880.00</vBC>
<gIBSUF><pIBSUF>0.1000</pIBSUF><vIBSUF>0.88</vIBSUF></gIBSUF><gIBSMun><pIBSMun>0.0000</pIBSMun>
<vIBSMun>0.00</vIBSMun></gIBSMun><vIBS>0.88</vIBS><gCBS><pCBS>0.9000</pCBS><vCBS>7.92</vCBS></gCBS></gIBSCBS>
</IBSCBS><vTotDFe>1000.00</vTotDFe>"""

NORMAL = f"""<infCTeNorm><infCarga><vCarga>25000.00</vCarga><proPred>PARAFUSOS</proPred><infQ><cUnid>01</cUnid>
<tpMed>PESO BRUTO</tpMed><qCarga>1234.5678</qCarga></infQ><infQ><cUnid>03</cUnid><tpMed>CAIXAS</tpMed>
<qCarga>40.0000</qCarga></infQ></infCarga><infDoc><infNFe><chave>{CARRIED}</chave><dPrev>2026-12-01</dPrev></infNFe>
<infOutros><tpDoc>99</tpDoc><descOutros>Romaneio</descOutros><nDoc>R-1</nDoc><vDocFisc>5.00</vDocFisc></infOutros>
</infDoc><docAnt><emiDocAnt><CNPJ>11222333000181</CNPJ><xNome>Transportadora Anterior</xNome><idDocAnt><idDocAntEle>
<chCTe>{EARLIER}</chCTe></idDocAntEle></idDocAnt></emiDocAnt></docAnt>
<infModal versaoModal="4.00"><rodo><RNTRC>12345678</RNTRC></rodo></infModal>
<cobr><fat><nFat>F-9</nFat><vOrig>1000.00</vOrig><vLiq>1000.00</vLiq></fat>
<dup><nDup>1</nDup><dVenc>2026-12-15</dVenc><vDup>1000.00</vDup></dup></cobr></infCTeNorm>"""

DOCUMENT = """<{root} xmlns="{ns}"><infCte versao="4.00" Id="CTe{key}"><ide><cUF>35</cUF><cCT>12345678</cCT>
<CFOP>6353</CFOP><natOp>Transporte inventado</natOp><mod>{model}</mod><serie>1</serie><nCT>7</nCT>
<dhEmi>2026-11-02T22:30:00-03:00</dhEmi><tpImp>1</tpImp><tpEmis>1</tpEmis><cDV>{digit}</cDV><tpAmb>2</tpAmb>
<tpCTe>0</tpCTe><procEmi>0</procEmi><verProc>1.0</verProc><cMunEnv>3550308</cMunEnv><xMunEnv>São Paulo</xMunEnv>
<UFEnv>SP</UFEnv><modal>01</modal><tpServ>0</tpServ><cMunIni>4106902</cMunIni><xMunIni>Curitiba</xMunIni>
<UFIni>PR</UFIni><cMunFim>3509502</cMunFim><xMunFim>Campinas</xMunFim><UFFim>SP</UFFim><retira>1</retira>
<indIEToma>1</indIEToma>{taker}</ide><compl><xObs>Entregar pela manhã</xObs></compl>
<emit><CNPJ>11222333000181</CNPJ><IE>111</IE><xNome>Transportes de Mentira</xNome><enderEmit>{emit}</enderEmit>
<CRT>3</CRT></emit>{parties}<vPrest><vTPrest>{total}</vTPrest><vRec>{total}</vRec><Comp><xNome>FRETE PESO</xNome>
<vComp>900.00</vComp></Comp><Comp><xNome>PEDAGIO</xNome><vComp>100.00</vComp></Comp></vPrest>
<imp><ICMS>{icms}</ICMS><vTotTrib>120.00</vTotTrib>{taxes}</imp>{body}</infCte>
<infCTeSupl><qrCodCTe>https://example.com/qr</qrCodCTe></infCTeSupl></{root}>"""

PROTOCOL = """<protCTe versao="4.00"><infProt><tpAmb>2</tpAmb><verAplic>SP_CTE</verAplic><chCTe>{key}</chCTe>
<dhRecbto>2026-11-02T22:31:00-03:00</dhRecbto><nProt>135260000000003</nProt><digVal>AAAA=</digVal>
<cStat>100</cStat><xMotivo>Autorizado o uso do CT-e</xMotivo></infProt></protCTe>"""


def party(tag: str, address: str, name: str, city: str = "3509502") -> str:
    """A party with a CPF."""
    where = ADDRESS.format(name=name, city=city)
    who = f"<CPF>52998224725</CPF><xNome>{name} Imaginário</xNome>"
    return f"<{tag}>{who}<{address}>{where}</{address}></{tag}>"


def cte(root: str = "CTe", key: str = KEY, **parts: str) -> str:
    """A bare document; ``parts`` replace pieces: ``taker, parties, icms, taxes, body, total``."""
    sender, recipient = party("rem", "enderReme", "Remetente"), party("dest", "enderDest", "Destinatário")
    return DOCUMENT.format(
        ns=NAMESPACE,
        root=root,
        key=key,
        model=key[20:22],
        digit=key[43],
        taker=parts.get("taker", "<toma3><toma>3</toma></toma3>"),
        emit=ADDRESS.format(name="Emitente", city="3550308"),
        parties=parts.get("parties", sender + recipient),
        total=parts.get("total", "1000.00"),
        icms=parts.get("icms", ICMS),
        taxes=parts.get("taxes", IBS_CBS),
        body=parts.get("body", NORMAL),
    )


def cte_proc(wrapper: str = "cteProc", protocol_key: str | None = None, **parts: str) -> str:
    """An authorised document with its protocol."""
    document = cte(**parts)
    protocol = PROTOCOL.format(key=protocol_key or parts.get("key", KEY))
    return f'<{wrapper} xmlns="{NAMESPACE}" versao="4.00">{document}{protocol}</{wrapper}>'


SIMPLIFIED = """<CTeSimp xmlns="{ns}"><infCte versao="4.00" Id="CTe{key}"><ide><cUF>35</cUF><cCT>12345678</cCT>
<CFOP>6353</CFOP><natOp>Transporte inventado</natOp><mod>57</mod><serie>1</serie><nCT>7</nCT>
<dhEmi>2026-11-02T22:30:00-03:00</dhEmi><tpImp>1</tpImp><tpEmis>1</tpEmis><cDV>{digit}</cDV><tpAmb>2</tpAmb>
<tpCTe>5</tpCTe><procEmi>0</procEmi><verProc>1.0</verProc><cMunEnv>3550308</cMunEnv><xMunEnv>São Paulo</xMunEnv>
<UFEnv>SP</UFEnv><modal>01</modal><tpServ>0</tpServ><UFIni>PR</UFIni><UFFim>SP</UFFim><retira>1</retira></ide>
<emit><CNPJ>11222333000181</CNPJ><IE>111</IE><xNome>Transportes de Mentira</xNome><enderEmit>{emit}</enderEmit>
<CRT>3</CRT></emit><toma><toma>4</toma><indIEToma>1</indIEToma><CPF>52998224725</CPF><xNome>Tomador Imaginário</xNome>
<ISUF>12345</ISUF><enderToma>{emit}</enderToma></toma>
<infCarga><vCarga>25000.00</vCarga><proPred>PARAFUSOS</proPred><infQ><cUnid>01</cUnid><tpMed>02</tpMed>
<qCarga>1234.5678</qCarga></infQ></infCarga>
<det nItem="1"><cMunIni>4106902</cMunIni><xMunIni>Curitiba</xMunIni><cMunFim>3509502</cMunFim>
<xMunFim>Campinas</xMunFim><vPrest>600.00</vPrest><vRec>590.00</vRec>
<Comp><xNome>FRETE PESO</xNome><vComp>500.00</vComp></Comp>
<Comp><xNome>PEDAGIO</xNome><vComp>100.00</vComp></Comp><infNFe><chNFe>{carried}</chNFe>
<dPrev>2026-12-01</dPrev></infNFe></det>
<det nItem="2"><cMunIni>4106902</cMunIni><xMunIni>Curitiba</xMunIni><cMunFim>3550308</cMunFim>
<xMunFim>São Paulo</xMunFim><vPrest>400.00</vPrest><vRec>400.00</vRec>
<Comp><xNome>FRETE VALOR</xNome><vComp>400.00</vComp></Comp>
<infDocAnt><chCTe>{earlier}</chCTe><tpPrest>2</tpPrest><infNFeTranspParcial><chNFe>{other}</chNFe></infNFeTranspParcial>
</infDocAnt></det><infModal versaoModal="4.00"><rodo><RNTRC>12345678</RNTRC></rodo></infModal>
<cobr><fat><nFat>F-9</nFat><vOrig>1000.00</vOrig><vLiq>990.00</vLiq></fat>
<dup><nDup>1</nDup><dVenc>2026-12-15</dVenc><vDup>990.00</vDup></dup></cobr>
<infCteSub><chCte>{earlier}</chCte></infCteSub><imp><ICMS>{icms}</ICMS></imp>
<total><vTPrest>1000.00</vTPrest><vTRec>990.00</vTRec><vTotDFe>1008.80</vTotDFe></total></infCte></CTeSimp>"""


def cte_simplified() -> str:
    """A simplified CT-e with two deliveries: one of an invoice, one that continues an earlier CT-e in part."""
    return SIMPLIFIED.format(
        ns=NAMESPACE,
        key=KEY,
        digit=KEY[43],
        emit=ADDRESS.format(name="Emitente", city="3550308"),
        carried=CARRIED,
        other=access_key(12),
        earlier=EARLIER,
        icms=ICMS,
    )
